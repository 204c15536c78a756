/** The file types of preview 1. */
export const FILE_TYPE = { unknown: 0, folder: 3, file: 4, link: 7 } as const
