/** A QR code as it is drawn: what a reader sees is the line, on a terminal and in a picture. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeQR } from 'qr/decode.js'

import { QR_CHARACTERS_MAX, QR_PREFIX } from '../../capability/qr-text.ts'
import { HostError } from '../../index.ts'
import { qrBlocks } from '../blocks.ts'
import { qrModules } from '../modules.ts'
import { qrSvg } from '../svg.ts'
import type { QrModules } from '../modules.ts'

const PIXELS = 3
/** Every character of the alphabet, and a length that fills half a terminal. */
const LINE = `${QR_PREFIX}0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:`.repeat(12)

/** What a camera would see of it. */
function seen(modules: QrModules): string {
  const width = modules.length * PIXELS
  const data = new Uint8Array(width * width * 4).fill(255)
  for (let y = 0; y < width; y += 1)
    for (let x = 0; x < width; x += 1)
      if (modules[Math.floor(y / PIXELS)]?.[Math.floor(x / PIXELS)] === true)
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
  return decodeQR({ width, height: width, data })
}

/** Modules of what a terminal shows, light drawn on dark. */
function modulesOf(lines: readonly string[]): QrModules {
  const rows = lines.flatMap((line) => [
    [...line].map((block) => block !== '█' && block !== '▀'),
    [...line].map((block) => block !== '█' && block !== '▄'),
  ])
  return rows.slice(0, lines[0]?.length)
}

/** Modules of the picture, by its rectangles alone. */
function drawnIn(svg: string): QrModules {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const modules = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    modules[Number(y)]?.fill(true, Number(x), Number(x) + Number(run))
  return modules
}

describe('a drawn code', () => {
  test('is read back as the line, with light all around', () => {
    const modules = qrModules(LINE)
    assert.equal(seen(modules), LINE)
    const rim = [...modules.slice(0, 4), ...modules.slice(-4)].flat()
    const sides = modules.flatMap((row) => [...row.slice(0, 4), ...row.slice(-4)])
    assert.ok(![...rim, ...sides].includes(true))
  })

  test('is the same on a terminal and in a picture', () => {
    const modules = qrModules(LINE)
    assert.deepEqual(modulesOf(qrBlocks(modules)), modules)
    assert.deepEqual(drawnIn(qrSvg(modules)), modules)
    assert.equal(seen(modulesOf(qrBlocks(modules))), LINE)
  })

  test('holds as many characters as a line may have, and refuses one more', () => {
    const longest = QR_PREFIX.padEnd(QR_CHARACTERS_MAX, 'A')
    assert.equal(qrModules(longest).length, 177 + 8)
    assert.throws(
      () => qrModules(`${longest}A`),
      (error) => error instanceof HostError && error.code === 'FILE' && /4297 characters/.test(error.message),
    )
  })
})
