// Why the system refused something, in words for people.

/** The middle of what Node says: `ENOENT: no such file or directory, open '/x'`. */
export function reason(error: unknown): string {
  const { message } = error as Error;
  return /^E[A-Z\d]+: (.*?)(?:, [a-z]+(?: '.*)?)?$/s.exec(message)?.[1] ?? message;
}
