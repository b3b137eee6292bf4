# kunit.py --qemu_config: powerpc with the hash MMU, a batch of HPTE flushes per CPU
import os
from ..qemu_config import QemuArchParams

CROSS_COMPILE = 'powerpc64-linux-gnu-'
QEMU_ARCH = QemuArchParams(linux_arch='powerpc',
                           kconfig='',
                           qemu_arch='ppc64',
                           kernel_path='vmlinux',
                           kernel_command_line='console=hvc0 panic=-1 ' + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'pseries', '-cpu', 'power8', '-smp', '2'])
