/** The error numbers of WASI preview 1 that this host gives. */
export const ERRNO = { success: 0, badf: 8, inval: 28, nosys: 52, spipe: 70 } as const
