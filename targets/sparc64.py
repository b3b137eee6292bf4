# kunit.py --qemu_config: sparc64, a batch of TLB flushes per CPU
import os
from ..qemu_config import QemuArchParams

ICOUNT = 'never'	# QEMU 7.2 aborts with it
CROSS_COMPILE = 'sparc64-linux-gnu-'
QEMU_ARCH = QemuArchParams(linux_arch='sparc',
                           kconfig='',
                           qemu_arch='sparc64',
                           kernel_path='arch/sparc/boot/image',
                           # the machine cannot reboot without its firmware's disk
                           kernel_command_line='console=ttyS0 kunit_shutdown=poweroff panic=-1 '
                           + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'sun4u'])
