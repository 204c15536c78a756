/** Our implementation as an adapter: questions in lines of JSON on stdin, answers on stdout, in order. */
import { createInterface } from 'node:readline'

import { answer } from './subject/answer.ts'
import type { Answer, Question } from './vectors.ts'

for await (const line of createInterface({ input: process.stdin })) {
  const { id, question } = JSON.parse(line) as { readonly id: number; readonly question: Question }
  process.stdout.write(`${JSON.stringify({ id, ...(await answerOrError(question)) })}\n`)
}

async function answerOrError(question: Question): Promise<Answer | { readonly error: string }> {
  try {
    return await answer(question)
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
