/** Why a CAR is not taken; each says at which byte. What was put before stays: it is what its names say. */
import type { Refusal } from '../../interface.ts'

/**
 * `TRUNCATED`: it ends in the middle; `SHAPE`: it is no CAR; `VERSION`: one of a version other than 1 and 2; `LIMIT`:
 * longer than may be; `HASH`: bytes that are not what their CID names, or named by a hash that is not known here.
 */
export type CarRefusalCode = 'TRUNCATED' | 'SHAPE' | 'VERSION' | 'LIMIT' | 'HASH'

export function refuseAt(
  code: CarRefusalCode,
  offset: number,
  detail: string,
): { readonly refused: Refusal<CarRefusalCode> } {
  return { refused: { code, detail: `${detail}, at byte ${offset}` } }
}
