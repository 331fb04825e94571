"""Daily files of a dynamical twin in the layouts of HYCOM, ERA5, NOBM and Copernicus Marine."""
