import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lastCheckpoint } from '../record.ts'
import { type Claim, claimUnit, clearClaims } from './claim.node.ts'

describe('a claim', () => {
  let folder: string
  const held: Claim[] = []
  const claim = async (lease = 30) => {
    const made = await claimUnit(folder, 'unit', lease)
    if (made) held.push(made)
    return made
  }
  /** The holder is silent for an hour, as if it were frozen or its machine were gone. */
  const silence = () => {
    const then = Date.now() / 1000 - 3600
    utimesSync(join(folder, 'claims', 'unit'), then, then)
  }
  const make = (attempt: string, text: string) => writeFileSync(join(attempt, 'made'), text)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'glasshouse-claims-'))
    return async () => {
      for (const one of held.splice(0)) await one.release()
    }
  })

  it('is had by one of many who ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => claim()))
    expect(all.filter(one => one !== undefined)).toHaveLength(1)
  })

  it('is free when it was released, and what was made stays for the next', async () => {
    const first = await claim()
    make(first!.attempt, 'half')
    await first!.release()
    const second = await claim()
    expect(readFileSync(join(second!.attempt, 'made'), 'utf8')).toBe('half')
    expect(readdirSync(join(folder, 'attempts'))).toHaveLength(1)
  })

  it('leaves nothing where its unit turns out to be done', async () => {
    const first = await claim()
    await first!.release(true)
    expect(readdirSync(folder)).toEqual([])
    expect(await claim()).toBeDefined()
  })

  it('goes to another when its holder is silent for longer than the lease; the first one’s commit is refused', async () => {
    const first = await claim()
    make(first!.attempt, 'by the first')
    silence()
    const second = await claim()
    expect(second).toBeDefined()
    await expect(first!.commit('made', join(folder, 'place'))).rejects.toMatchObject({
      code: 'run-disturbed',
    })
    expect(existsSync(join(folder, 'place'))).toBe(false)
    make(second!.attempt, 'by the second')
    await second!.commit('made', join(folder, 'place'))
    expect(readFileSync(join(folder, 'place'), 'utf8')).toBe('by the second')
  })

  it('cannot be committed where it was taken over between the last look and the renaming', async () => {
    const first = await claim()
    make(first!.attempt, 'by the first')
    const claims = join(folder, 'claims', 'unit')
    const text = readFileSync(claims, 'utf8')
    silence()
    await claim()
    // As the first one saw it a moment before.
    writeFileSync(claims, text)
    await expect(first!.commit('made', join(folder, 'place'))).rejects.toMatchObject({
      code: 'run-disturbed',
    })
    expect(existsSync(join(folder, 'place'))).toBe(false)
  })

  it('is committed whole or not at all, however far another has come with taking it over', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `file-${index}`).sort()
    for (let times = 0; times < 40; times++) {
      folder = mkdtempSync(join(tmpdir(), 'glasshouse-claims-'))
      const first = await claim()
      for (const name of names) writeFileSync(join(first!.attempt, name), name)
      // What a still earlier holder has left, who came further.
      mkdirSync(join(folder, 'attempts', 'unit.earlier', 'checkpoints'), { recursive: true })
      writeFileSync(join(folder, 'attempts', 'unit.earlier', lastCheckpoint), 'further')
      const claims = join(folder, 'claims', 'unit')
      const text = readFileSync(claims, 'utf8')
      silence()
      const taking = claim()
      const isTaken = () =>
        readFile(claims, 'utf8')
          .then(now => now !== text)
          .catch(() => false)
      while (!(await isTaken())) await new Promise(setImmediate)
      for (let turns = 0; turns < times; turns++) await new Promise(setImmediate)
      // As the first one saw it a moment before.
      writeFileSync(claims, text)
      const place = join(folder, 'place')
      const refusal = await first!.commit('', place).catch((error: unknown) => error)
      if (refusal) expect(refusal).toMatchObject({ code: 'run-disturbed' })
      const second = await taking
      expect(existsSync(place) ? readdirSync(place).sort() : []).toEqual(refusal ? [] : names)
      expect(readdirSync(join(folder, 'attempts'))).toEqual([basename(second!.attempt)])
      expect(readFileSync(join(second!.attempt, lastCheckpoint), 'utf8')).toBe('further')
    }
  })

  it('is renewed while its holder lives', async () => {
    await claim(1)
    for (let times = 0; times < 8; times++) {
      await new Promise(done => setTimeout(done, 250))
      expect(await claim(1)).toBeUndefined()
    }
  })

  it('is not renewed by a holder who has lost it', async () => {
    const first = await claimUnit(folder, 'unit', 0.8)
    silence()
    const second = await claimUnit(folder, 'unit', 1000)
    silence()
    await new Promise(done => setTimeout(done, 300))
    const third = await claim(1000)
    expect(third).toBeDefined()
    await Promise.all([first!.release(), second!.release()])
    const { token } = JSON.parse(readFileSync(join(folder, 'claims', 'unit'), 'utf8'))
    expect(basename(third!.attempt)).toBe(`unit.${token}`)
  })

  it('is free at once where its folder could not be made', async () => {
    writeFileSync(join(folder, 'attempts'), 'a file in the way')
    await expect(claim()).rejects.toMatchObject({ code: expect.stringMatching(/^file-/) })
    unlinkSync(join(folder, 'attempts'))
    expect(await claim()).toBeDefined()
  })

  it('inherits from several attempts the one with a checkpoint', async () => {
    for (const name of ['unit.a', 'unit.b', 'unit.c'])
      mkdirSync(join(folder, 'attempts', name, 'checkpoints'), { recursive: true })
    writeFileSync(join(folder, 'attempts', 'unit.b', 'checkpoints', 'last.safetensors'), 'b')
    const { attempt } = (await claim())!
    expect(readFileSync(join(attempt, 'checkpoints', 'last.safetensors'), 'utf8')).toBe('b')
    await clearClaims(folder)
    expect(readdirSync(folder)).toEqual([])
  })
})
