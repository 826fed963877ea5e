/** The bytes of the kernel of the fast gate. */
export function buildKernel(): Promise<Buffer<ArrayBuffer>>;
