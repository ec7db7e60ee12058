"""Reads QR codes with zbar and zxing-cpp. For each picture on standard input (8 bytes: width and height, then the grey
values) it writes one line: what zbar read, a tab, what zxing-cpp read; empty for nothing."""
import ctypes, struct, sys
import numpy, zxingcpp

zbar = ctypes.CDLL("libzbar.so.0")
for name in ("zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol", "zbar_symbol_next", "zbar_symbol_get_data"):
    getattr(zbar, name).restype = ctypes.c_void_p
pointer, number = ctypes.c_void_p, ctypes.c_ulong
zbar.zbar_image_scanner_set_config.argtypes = [pointer, ctypes.c_int, ctypes.c_int, ctypes.c_int]
zbar.zbar_image_set_format.argtypes = [pointer, number]
zbar.zbar_image_set_size.argtypes = [pointer, ctypes.c_uint, ctypes.c_uint]
zbar.zbar_image_set_data.argtypes = [pointer, pointer, number, pointer]
zbar.zbar_scan_image.argtypes = [pointer, pointer]
for name in ("zbar_image_first_symbol", "zbar_symbol_next", "zbar_symbol_get_data", "zbar_image_destroy",
             "zbar_image_scanner_destroy"):
    getattr(zbar, name).argtypes = [pointer]


def by_zbar(pixels, width, height):
    # A scanner of its own for each picture: it throws dice, and goes on with them where the last picture left off.
    scanner = zbar.zbar_image_scanner_create()
    zbar.zbar_image_scanner_set_config(scanner, 0, 0, 0)  # no symbology at all
    zbar.zbar_image_scanner_set_config(scanner, 64, 0, 1)  # but QR codes
    image = zbar.zbar_image_create()
    zbar.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
    zbar.zbar_image_set_size(image, width, height)
    zbar.zbar_image_set_data(image, ctypes.cast(ctypes.c_char_p(pixels), pointer), len(pixels), None)
    zbar.zbar_scan_image(scanner, image)
    symbol = zbar.zbar_image_first_symbol(image)
    text = ctypes.string_at(zbar.zbar_symbol_get_data(symbol)).decode("utf-8", "replace") if symbol else ""
    zbar.zbar_image_destroy(image)
    zbar.zbar_image_scanner_destroy(scanner)
    return text


def by_zxing(pixels, width, height):
    grey = numpy.frombuffer(pixels, dtype=numpy.uint8).reshape(height, width)
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else ""


while head := sys.stdin.buffer.read(8):
    width, height = struct.unpack("<II", head)
    pixels = sys.stdin.buffer.read(width * height)
    lines = [by(pixels, width, height).replace("\n", " ").replace("\t", " ") for by in (by_zbar, by_zxing)]
    print("\t".join(lines), flush=True)
