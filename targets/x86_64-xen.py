# kunit.py --qemu_config: the x86_64 image as PV dom0 of Xen, the only x86 that batches
#
# QEMU's kernel is the hypervisor; the image is its first module. What stands
# behind "--" on the hypervisor's command line goes to dom0.
# LAZY_MMU_XEN: the unpacked hypervisor (tools/xen); LAZY_MMU_OBJ: where the image was built;
# LAZY_MMU_CPUS: how many dom0 has, if QEMU is told another number as well
import os
from ..qemu_config import QemuArchParams

IMAGE = 'x86_64'
HYPERVISOR = 'xen'
QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
                           kconfig='',
                           qemu_arch='x86_64',
                           kernel_path=os.environ.get('LAZY_MMU_XEN', 'xen'),
                           kernel_command_line='dom0_mem=1024M dom0_max_vcpus=' + os.environ.get('LAZY_MMU_CPUS', '2') + ' console=com1 '
                           'com1=115200,8n1 noreboot=0 vga=none -- console=hvc0 earlyprintk=xen panic=-1 '
                           + os.environ.get('LAZY_MMU_ARGS', ''),
                           extra_qemu_params=['-M', 'q35', '-cpu', 'qemu64,+pae,+nx', '-m', '2048',
                                              '-smp', '2', '-initrd',
                                              os.environ.get('LAZY_MMU_OBJ', '.') + '/arch/x86/boot/bzImage'])
