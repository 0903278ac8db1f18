/** Films: frames that the page drew become an MP4; what is no frame reaches no program. */
import { spawnSync } from 'node:child_process'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestStudio, testStudio } from '../../test/studio.ts'
import { packFrames, unpackFrames } from './film-frames.ts'

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

const film = (body: Uint8Array) =>
  fetch(`${studio.origin}/api/film?rate=24`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${studio.token}`, 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(body),
  })
const frame = (width: number, red: number) =>
  sharp({ create: { width, height: 20, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .jpeg()
    .toBuffer()

test.skipIf(!hasFfmpeg)('frames become an MP4', async () => {
  const answer = await film(packFrames(await Promise.all([0, 100, 200].map(red => frame(31, red)))))
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  expect(
    Buffer.from(await answer.arrayBuffer())
      .subarray(4, 8)
      .toString(),
  ).toBe('ftyp')
})

test('what is no film is refused', async () => {
  const [one, other] = await Promise.all([frame(31, 0), frame(30, 0)])
  const huge = sharp({ create: { width: 4000, height: 4000, channels: 3, background: '#000' } })
  const bodies: [Uint8Array, number][] = [
    [new Uint8Array(), 400],
    [Buffer.from('hello, this is a film'), 400],
    [packFrames([one]).subarray(0, 40), 400],
    [packFrames([one, other]), 400],
    [packFrames([Buffer.from('no image')]), 422],
    [packFrames([await huge.png().toBuffer()]), 422],
  ]
  for (const [body, status] of bodies) expect((await film(body)).status).toBe(status)
})

test('without ffmpeg it says what to install', async () => {
  process.env.PATH = '/nowhere'
  const answer = await film(packFrames([await frame(31, 0)]))
  const { error } = await answer.json()
  expect([answer.status, error.code]).toEqual([500, 'ffmpeg-missing'])
  expect(error.hint).toContain('apt install ffmpeg')
})

test('frames are packed and unpacked', () => {
  const frames = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  expect(unpackFrames(packFrames(frames))).toEqual(frames)
  expect(unpackFrames(Uint8Array.of(0, 0, 0, 0))).toBeUndefined()
})
