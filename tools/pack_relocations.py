#!/usr/bin/env python3
"""Makes the relocations of a 64-bit ELF object few, in place.

    tools/pack_relocations.py OBJECT

`ld -r --gc-sections` turns those of frames that it leaves out into NONE and keeps them: they are taken out. The gaps stay until
the file is copied by objcopy. On x86-64 what is local is referred to by its section, so that `strip` can take its name.
"""

import struct
import sys

RELA, ENTRY = 4, 24
MERGED = 0x10
X86_64, BY_ADDRESS = 62, {1, 2, 4, 10, 11}  # R_X86_64_64, PC32, PLT32, 32, 32S
LOCAL_KINDS = {0, 1, 2}  # no type, object, function
SECTION = 3


def headers_of(data):
    first, = struct.unpack_from("<Q", data, 0x28)
    count, = struct.unpack_from("<H", data, 0x3C)
    return [struct.unpack_from("<IIQQQQIIQQ", data, first + 64 * i) for i in range(count)], first


def symbols_of(data, header):
    begin, size = header[4], header[5]
    return [struct.unpack_from("<IBBHQQ", data, at) for at in range(begin, begin + size, ENTRY)]


def sections_of(symbols, headers):
    """The symbol of each section that nothing is merged in."""
    return {each[3]: i for i, each in enumerate(symbols) if each[1] == SECTION and not headers[each[3]][2] & MERGED}


def by_section(entry, symbols, sections):
    """The same relocation, if it can be, by the symbol of a section."""
    offset, kind, number, addend = struct.unpack("<QIIq", entry)
    _, info, _, section, value, _ = symbols[number]
    if kind not in BY_ADDRESS or info not in LOCAL_KINDS or section not in sections:
        return entry
    return struct.pack("<QIIq", offset, kind, sections[section], addend + value)


def main():
    with open(sys.argv[1], "r+b") as file:
        data = bytearray(file.read())
        machine, = struct.unpack_from("<H", data, 0x12)
        headers, first = headers_of(data)
        for i, header in enumerate(headers):
            if header[1] != RELA:
                continue
            begin, size = header[4], header[5]
            entries = [bytes(data[at:at + ENTRY]) for at in range(begin, begin + size, ENTRY)]
            entries = [each for each in entries if struct.unpack_from("<I", each, 8)[0] != 0]
            if machine == X86_64:
                symbols = symbols_of(data, headers[header[6]])
                sections = sections_of(symbols, headers)
                entries = [by_section(each, symbols, sections) for each in entries]
            kept = b"".join(entries)
            data[begin:begin + len(kept)] = kept
            struct.pack_into("<Q", data, first + 64 * i + 32, len(kept))
        file.seek(0)
        file.write(data)


main()
