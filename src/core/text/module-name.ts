// Names of kernel modules: `vfio-pci` and `vfio_pci` are one to the kernel, which prints the second.
export const moduleName = (name: string): string => name.replaceAll('-', '_');

export const sameModule = (a: string, b: string): boolean => moduleName(a) === moduleName(b);
