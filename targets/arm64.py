# kunit.py --qemu_config: the barriers of lazy MMU mode
import os
from ..qemu_config import QemuArchParams

ICOUNT = 'always'	# on a busy host it would have time for nothing but timer interrupts
CROSS_COMPILE = 'aarch64-linux-gnu-'
QEMU_ARCH = QemuArchParams(linux_arch='arm64',
                           kconfig='''
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y''',
                           qemu_arch='aarch64',
                           kernel_path='arch/arm64/boot/Image.gz',
                           kernel_command_line='console=ttyAMA0 panic=-1 ' + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'virt,gic-version=3', '-cpu', 'max', '-smp', '2'])
