"""Types of files by their first bytes."""

import re

MAGIC = {
    b"CDF\x01": "netcdf",
    b"CDF\x02": "netcdf",
    b"CDF\x05": "netcdf",
    b"\x89HDF": "netcdf",
    b"MATL": "mat",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x1f\x9d": "compress",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
}
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")


def file_type(head: bytes) -> str:
    """Return the type of a file by its first bytes.

    Parameters
    ----------
    head : bytes
        The first 512 bytes.

    Returns
    -------
    {"netcdf", "mat", "zip", "tar", "gzip", "bzip2", "xz", "zstd", "compress", "7z", "rar", "ole", "text", "binary"}
        "text" for all that is none of the others and has no zero byte; "ole" is an Office document before 2007.
    """
    for magic, name in MAGIC.items():
        if head.startswith(magic):
            return name
    if is_tar(head):
        return "tar"
    if _BZIP2.match(head):
        return "bzip2"
    if b"\x00" in head:
        return "binary"
    return "text"


def is_tar(head: bytes) -> bool:
    """Tell a tar by its first bytes.

    Parameters
    ----------
    head : bytes
        The first 512 or more.
    """
    return head[257:262] == b"ustar"
