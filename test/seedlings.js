/** Drawn seedlings on disk, drawn once for all tests of a run. They are only read: whoever changes them makes a copy. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSeedlings } from '../src/data/seedlings/draw.node.js'
/** @returns the folder of 12 classes; unless asked otherwise with 8 images of 24 pixels each for training and 2 for testing */
export async function seedlings({ perClass = 10, size = 24 } = {}) {
  const folder = join(tmpdir(), `seedlings-${perClass}-${size}`)
  if (!existsSync(folder)) {
    const own = mkdtempSync(`${folder}-`)
    await writeSeedlings(own, { perClass, size })
    try {
      renameSync(own, folder)
    } catch (error) {
      // Another process was faster.
      if (!existsSync(folder)) throw error
      rmSync(own, { recursive: true })
    }
  }
  return folder
}
