/** Why content cannot be read: a value where one is answered, an exception in the middle of a stream. */
import type { Result } from '../interface.ts'

/** A block that is not here, content above the bound, or a tree or folder that is not what it says. */
export type ContentRefusal = 'MISSING' | 'LIMIT' | 'SHAPE'

/** Thrown while content is read as a stream, where no value can say it any more. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
  readonly code: ContentRefusal

  constructor(code: ContentRefusal, detail: string) {
    super(detail)
    this.code = code
  }
}

/** What `work` comes to; a {@link ContentError} of it as a refusal. Everything else is thrown on. */
export async function refusing<T>(work: () => Promise<T>): Promise<Result<T, ContentRefusal>> {
  try {
    return { ok: await work() }
  } catch (error) {
    if (error instanceof ContentError) return { refused: { code: error.code, detail: error.message } }
    throw error
  }
}

export function shape(detail: string): ContentError {
  return new ContentError('SHAPE', detail)
}

export function tooLong(length: number, most: number): ContentError {
  return new ContentError('LIMIT', `${length} bytes, ${most} are allowed`)
}
