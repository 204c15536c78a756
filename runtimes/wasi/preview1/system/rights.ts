/** The rights of preview 1 by the bit they are, and which of them a thing can have at all. */
export const RIGHT = {
  fdDatasync: 1 << 0,
  fdRead: 1 << 1,
  fdSeek: 1 << 2,
  fdFdstatSetFlags: 1 << 3,
  fdSync: 1 << 4,
  fdTell: 1 << 5,
  fdWrite: 1 << 6,
  fdAdvise: 1 << 7,
  fdAllocate: 1 << 8,
  pathCreateDirectory: 1 << 9,
  pathCreateFile: 1 << 10,
  pathLinkSource: 1 << 11,
  pathLinkTarget: 1 << 12,
  pathOpen: 1 << 13,
  fdReaddir: 1 << 14,
  pathReadlink: 1 << 15,
  pathRenameSource: 1 << 16,
  pathRenameTarget: 1 << 17,
  pathFilestatGet: 1 << 18,
  pathFilestatSetSize: 1 << 19,
  pathFilestatSetTimes: 1 << 20,
  fdFilestatGet: 1 << 21,
  fdFilestatSetSize: 1 << 22,
  fdFilestatSetTimes: 1 << 23,
  pathSymlink: 1 << 24,
  pathRemoveDirectory: 1 << 25,
  pathUnlinkFile: 1 << 26,
  pollFdReadwrite: 1 << 27,
} as const

/** Every bit that is a right, those of sockets included: what a folder can hand on. */
export const ALL_RIGHTS = (1 << 30) - 1

const SHARED =
  RIGHT.fdDatasync |
  RIGHT.fdSync |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdAdvise |
  RIGHT.fdFilestatGet |
  RIGHT.fdFilestatSetTimes |
  RIGHT.pollFdReadwrite

export const FILE_RIGHTS =
  SHARED |
  RIGHT.fdRead |
  RIGHT.fdWrite |
  RIGHT.fdSeek |
  RIGHT.fdTell |
  RIGHT.fdAllocate |
  RIGHT.fdFilestatSetSize

export const FOLDER_RIGHTS =
  SHARED |
  RIGHT.pathCreateDirectory |
  RIGHT.pathCreateFile |
  RIGHT.pathLinkSource |
  RIGHT.pathLinkTarget |
  RIGHT.pathOpen |
  RIGHT.fdReaddir |
  RIGHT.pathReadlink |
  RIGHT.pathRenameSource |
  RIGHT.pathRenameTarget |
  RIGHT.pathFilestatGet |
  RIGHT.pathFilestatSetSize |
  RIGHT.pathFilestatSetTimes |
  RIGHT.pathSymlink |
  RIGHT.pathRemoveDirectory |
  RIGHT.pathUnlinkFile

export const INPUT_RIGHTS =
  RIGHT.fdRead | RIGHT.fdFdstatSetFlags | RIGHT.fdFilestatGet | RIGHT.pollFdReadwrite
export const OUTPUT_RIGHTS =
  RIGHT.fdWrite |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdDatasync |
  RIGHT.fdSync |
  RIGHT.fdFilestatGet |
  RIGHT.pollFdReadwrite
