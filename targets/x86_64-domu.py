# kunit.py --qemu_config: a PV domU, created by Xen's toolstack in a dom0 of the same image
#
# Boots as x86_64-xen does. With TOOLSTACK, tools/boot gives dom0 Debian's toolstack and makes
# guest/dom0 its init. That passes the test parameters on to the domU and shows its console.
import os
from ..qemu_config import QemuArchParams

IMAGE = 'x86_64.domu'
TOOLSTACK = 'yes'
QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
                           kconfig='',
                           qemu_arch='x86_64',
                           kernel_path=os.environ.get('LAZY_MMU_XEN', 'xen'),
                           kernel_command_line='dom0_mem=1024M dom0_max_vcpus=2 console=com1 '
                           'com1=115200,8n1 noreboot=0 vga=none -- console=hvc0 earlyprintk=xen panic=-1 '
                           'kunit.enable=0 kunit_shutdown=none rdinit=/dom0 ' + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'q35', '-cpu', 'qemu64,+pae,+nx', '-m', '2560',
                                              '-smp', '2'])
