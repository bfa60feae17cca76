#!/usr/bin/env python3
"""What `scons install` puts there, used as a C programmer uses it: the program of docs/API.md built with pkg-config and run.

    tests/install.py
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILES = ('bin/kgq', 'include/kgq.h', 'lib/libkgq.a', 'lib/libkgq.so', 'lib/libkgq.so.0', 'lib/pkgconfig/kgq.pc',
         'share/man/man1/kgq.1', 'share/bash-completion/completions/kgq', 'share/zsh/site-functions/_kgq',
         'share/fish/vendor_completions.d/kgq.fish')


def run(command, **more):
    p = subprocess.run(command, capture_output=True, text=True, **more)
    if p.returncode:
        raise AssertionError('%s: status %d: %s' % (' '.join(command)[:200], p.returncode, (p.stderr + p.stdout)[-800:]))
    return p.stdout


def check(folder):
    prefix = os.path.join(folder, 'usr')
    run(['scons', '-Q', 'install', 'prefix=' + prefix], cwd=ROOT)
    missing = [name for name in FILES if not os.path.exists(os.path.join(prefix, name))]
    assert not missing, 'not installed: %s' % missing
    environment = dict(os.environ, PKG_CONFIG_PATH=prefix + '/lib/pkgconfig', LD_LIBRARY_PATH=prefix + '/lib')
    flags = run(['pkg-config', '--cflags', '--libs', 'kgq'], env=environment).split()
    assert '-I' + prefix + '/include' in flags and '-L' + prefix + '/lib' in flags, 'pkg-config says %s' % flags
    with open(os.path.join(ROOT, 'docs', 'API.md'), encoding='utf-8') as f:
        program = re.search(r'```c embed\.c\n(.*?)```', f.read(), re.S).group(1)
    source, binary = os.path.join(folder, 'embed.c'), os.path.join(folder, 'embed')
    with open(source, 'w', encoding='utf-8') as f:
        f.write(program)
    run(['cc', source, *flags, '-o', binary])
    fixtures = sorted(glob.glob(os.path.join(ROOT, 'fixtures', '*.yaml')), key=lambda p: ('background' not in p, p))
    out = run([binary, *fixtures], env=environment)
    assert out.count(' GPU\n') == 21 and out.count('\n') == 21, 'the program prints: ' + out[:400]


def main():
    if not shutil.which('pkg-config') or not shutil.which('scons'):
        print('skipped: pkg-config or scons is not installed')
        print('install: 0 passed, 0 failed, 1 skipped')
        return 0
    folder = tempfile.mkdtemp(prefix='kgq-install-')
    try:
        check(folder)
        failed = 0
    except AssertionError as e:
        print(e)
        failed = 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('install: %d passed, %d failed' % (1 - failed, failed))
    return failed


if __name__ == '__main__':
    sys.exit(main())
