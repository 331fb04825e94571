"""Repeat hydrographic lines of the twin's research cruises, with the years of their occupations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A section from coast to coast.

    Parameters
    ----------
    name : str
        Name, as the World Ocean Circulation Experiment gave them.
    corners : tuple of (latitude, longitude)
        Corners, degrees; longitudes continue beyond 180 where the line crosses the dateline.
    years : tuple of int
        Years of its occupations.
    """

    name: str
    corners: tuple[tuple[float, float], ...]
    years: tuple[int, ...]


LINES = (
    Line("P16", ((-62, -151), (55, -152)), (1991, 2006, 2015)),
    Line("P02", ((30, 134), (30, 241)), (1994, 2004, 2013)),
    Line("P01", ((47, 150), (47, 234)), (1985, 1999, 2007, 2014)),
    Line("P06", ((-32, 155), (-32, 287)), (1992, 2003, 2010, 2017)),
    Line("P18", ((20, -110), (-65, -103)), (1994, 2007, 2016)),
    Line("P14", ((52, 179), (-62, 174)), (1993, 2007)),
    Line("P04", ((9.5, 128), (9.5, 272)), (1989,)),
    Line("P10", ((34, 145), (-1, 145)), (1993, 2005, 2012)),
    Line("A16", ((62, -20), (30, -27), (0, -25), (-57, -33)), (1993, 2003, 2013)),
    Line("A05", ((24.5, -79), (24.5, -17)), (1992, 2004, 2011, 2015)),
    Line("A10", ((-30, -47), (-30, 15)), (1993, 2003, 2011)),
    Line("A20", ((43, -50), (8, -53)), (1997, 2003, 2012, 2021)),
    Line("AR07", ((54, -54), (60, -42), (57, -12)), (1990, 1994, 1997, 2005, 2014)),
    Line("I08", ((-64, 83), (-30, 95), (17, 88)), (1995, 2007, 2016)),
    Line("I07", ((-60, 57), (18, 65)), (1995, 2018)),
    Line("I05", ((-32, 31), (-33, 114)), (1987, 1995, 2009)),
    Line("SR03", ((-45, 146), (-65, 140)), (1991, 1995, 2001, 2008, 2018)),
)
