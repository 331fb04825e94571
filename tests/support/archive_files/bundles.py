"""A small WHP-Exchange file, and bundles of files."""

import io
import tarfile
import zipfile

EXCHANGE = (
    "BOTTLE,20120101\nEXPOCODE,STNNBR,CASTNO,DATE,LATITUDE,LONGITUDE,CTDPRS,OXYGEN\n,,,,,,DBAR,UMOL/KG\n"
    "33RO2011,1,1,20110928,-28.5,190,4.7,250\nEND_DATA\n"
)


def zip_of(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


def tar_of(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return file.getvalue()
