"""Alters files of relations."""
import os

PAGE = 8192


def file_of(lab, relation):
    return lab.data / lab.sql(f"select pg_relation_filepath('{relation}')")


def put(path, offset, content):
    with open(path, 'r+b') as file:
        file.seek(offset)
        file.write(content)


def zero(path, page):
    put(path, page * PAGE, bytes(PAGE))


def cut(path, pages):
    os.truncate(path, path.stat().st_size - pages * PAGE)


def flip(path, offset):
    with open(path, 'r+b') as file:
        file.seek(offset)
        content = file.read(64)
        file.seek(offset)
        file.write(bytes(byte ^ 0x5A for byte in content))
