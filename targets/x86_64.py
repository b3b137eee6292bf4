# kunit.py --qemu_config: the mode is built in (XEN_PV=y) and not in use
import os
from ..qemu_config import QemuArchParams

QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
                           kconfig='''
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y''',
                           qemu_arch='x86_64',
                           kernel_path='arch/x86/boot/bzImage',
                           kernel_command_line='console=ttyS0 panic=-1 ' + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'q35', '-cpu', 'max', '-smp', '2'])
