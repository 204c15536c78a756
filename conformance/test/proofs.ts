/**
 * Where a page says that something is proved: `chapter: comment` is a vector, `path: words` a test that has the
 * words in its name.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { readVectors } from '../vectors.ts'
import { read, root } from './repository.ts'
import type { Vector } from '../vectors.ts'

const vectors = readVectors()

/** The code spans of a cell. */
export function spans(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, span]) => span as string)
}

/** Why a proof is not where its row says; undefined when it is. */
export function missing(proof: string): string | undefined {
  const [place, words] = splitAt(proof)
  if (!place.includes('/')) return vectorOf(proof) === undefined ? `no vector: ${proof}` : undefined
  if (!existsSync(join(root, place))) return `no file: ${place}`
  return read(place).includes(words) || read(place).includes(words.replace(/'/g, "\\'"))
    ? undefined
    : `not in ${place}: ${words}`
}

function splitAt(proof: string): readonly [place: string, words: string] {
  const at = proof.indexOf(': ')
  return [proof.slice(0, at), proof.slice(at + 2)]
}

export function vectorOf(proof: string): Vector | undefined {
  const [place, comment] = splitAt(proof)
  return vectors
    .filter((file) => file.chapter === place)
    .flatMap((file) => file.vectors)
    .find((vector) => vector.comment === comment)
}
