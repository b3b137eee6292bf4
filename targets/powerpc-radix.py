# kunit.py --qemu_config: the image of powerpc-hash on a machine with the radix MMU,
# where the mode is not in use
import os
from ..qemu_config import QemuArchParams

IMAGE = 'powerpc-hash'
CROSS_COMPILE = 'powerpc64-linux-gnu-'
QEMU_ARCH = QemuArchParams(linux_arch='powerpc',
                           kconfig='',
                           qemu_arch='ppc64',
                           kernel_path='vmlinux',
                           kernel_command_line='console=hvc0 panic=-1 ' + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'pseries', '-cpu', 'power9', '-smp', '2'])
