// While the applier works, Ctrl-C, a closed terminal and a shutdown end the program that runs (update-initramfs) and not pt-doctor:
// it sees that failure and puts everything back, instead of leaving it to the next run.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function holdingSignals<T>(work: () => T): T {
  const ignore = () => {};
  for (const signal of SIGNALS) process.on(signal, ignore);
  try {
    return work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, ignore);
  }
}
