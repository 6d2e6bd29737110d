#!/usr/bin/env python3
"""Takes the relocations of type NONE out of a 64-bit ELF object, in place.

    tools/drop_none_relocations.py OBJECT

`ld -r --gc-sections` turns those of frames that it leaves out into NONE and keeps them. The gaps stay until the file is
copied by objcopy.
"""

import struct
import sys

RELA, ENTRY = 4, 24


def main():
    with open(sys.argv[1], "r+b") as file:
        data = bytearray(file.read())
        headers, = struct.unpack_from("<Q", data, 0x28)
        count, = struct.unpack_from("<H", data, 0x3C)
        for header in range(headers, headers + 64 * count, 64):
            kind, = struct.unpack_from("<I", data, header + 4)
            begin, size = struct.unpack_from("<QQ", data, header + 24)
            if kind != RELA:
                continue
            entries = [data[at:at + ENTRY] for at in range(begin, begin + size, ENTRY)]
            kept = b"".join(each for each in entries if struct.unpack_from("<I", each, 8)[0] != 0)
            data[begin:begin + len(kept)] = kept
            struct.pack_into("<Q", data, header + 32, len(kept))
        file.seek(0)
        file.write(data)


main()
