/** A command that a kernel has refused: told by its code, with nothing else to tell. */
import { exitOfRefusal } from '../terminal/exit-code.ts'
import type { Refusal } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'

export function refusedReport({ code, detail }: Pick<Refusal, 'code' | 'detail'>, fix?: string): Report {
  const failure = { exit: exitOfRefusal(code), code, message: detail, ...(fix === undefined ? {} : { fix }) }
  return { data: {}, text: [], failure }
}
