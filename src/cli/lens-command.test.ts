/** A lens becomes a command, here with a lens made up for the purpose. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandLine } from '../../test/command-line.ts'
import { blankPicture } from '../base/picture.ts'
import { inStage, preview } from '../base/work.ts'
import { lensCommand } from '../commands/lens-command.ts'
import { pictures, start } from '../lenses/inputs.ts'
import { defineLens } from '../lenses/lens.ts'
import { main } from './main.ts'

const averageColour = defineLens({
  name: 'average-colour',
  title: 'Average colour',
  description: 'what colour the images have on average',
  inputs: { image: pictures('the images') },
  options: z
    .object({
      channels: z
        .array(z.enum(['red', 'green', 'blue']))
        .default(['red'])
        .describe('which'),
    })
    .refine(({ channels }) => channels.length < 3, { path: ['channels'], message: 'at most two channels' }),
  metrics: z.object({ images: z.array(z.object({ path: z.string() })) }),
  run: async () => ({
    async run(context, { image }, { channels }) {
      const averaged = async (update: (done: number) => void) =>
        image.map(({ path, picture: { data } }, i) => {
          update(i + 1)
          const means = [0, 1, 2].map(channel => {
            const values = data.filter((_, index) => index % 3 === channel)
            return values.reduce((sum, value) => sum + value, 0) / values.length
          })
          return { path, device: context.engine.device, means: means.slice(0, channels.length) }
        })
      return inStage(context, 'averaging', image.length, averaged)
    },
    metrics: result => ({ images: result }),
  }),
  draw: async () => ({
    draw: async result => ({
      report: {
        ...(result[0].means.length === 2 && { title: 'Two average colours' }),
        summary: `Colours of ${result.length} images`,
        sections: [],
      },
      pictures: {
        patch: blankPicture(4, 2),
        drawing:
          '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5"><rect width="10" height="5"/></svg>',
      },
    }),
  }),
})

const { name, description: summary } = averageColour
const glasshouse = commandLine([
  { name, summary, heading: 'Lenses:', load: async () => lensCommand(averageColour) },
])

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
const image = join(folder, 'green.png')

test('its inputs are opened, its images lie beside its page, its numbers are in result.json', async () => {
  await sharp({ create: { width: 3, height: 2, channels: 3, background: { r: 10, g: 200, b: 30 } } }).toFile(
    image,
  )
  const out = join(folder, 'out')
  const { code, stdout } = await glasshouse(
    ...['average-colour', image, image, '--channels', 'red,green', '--seed', '5', '--out', out, '--json'],
  )
  expect(code).toBe(0)
  expect(readdirSync(out).sort()).toEqual([
    'drawing.png',
    'drawing.svg',
    'index.html',
    'patch.png',
    'result.json',
  ])
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'average-colour',
    seed: 5,
    parameters: { image: [image, image], channels: ['red', 'green'] },
    metrics: {
      images: [
        { path: image, device: 'cpu', means: [10, 200] },
        { path: image, device: 'cpu', means: [10, 200] },
      ],
    },
    files: ['patch.png', 'drawing.svg', 'drawing.png', 'index.html'],
  })
  expect(await sharp(join(out, 'patch.png')).metadata()).toMatchObject({ format: 'png', width: 4, height: 2 })
  const page = readFileSync(join(out, 'index.html'), 'utf8')
  expect(page).toContain('<h1>Two average colours</h1>')
  expect(page).toContain('Colours of 2 images')
  expect(page).toContain('seed 5')
})

test('a page has the title of its lens unless it has one of its own', async () => {
  const out = join(folder, 'one')
  expect(await glasshouse('average-colour', image, '--out', out)).toMatchObject({ code: 0 })
  expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('<h1>Average colour</h1>')
})

test('mistakes are reported as with any command', async () => {
  expect(await glasshouse('average-colour')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Usage: glasshouse average-colour IMAGE...'),
  })
  expect(await glasshouse('average-colour', join(folder, 'none.png'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('none.png'),
  })
  expect(await glasshouse('average-colour', image, '--channels', 'red,green,blue')).toMatchObject({
    code: 2,
    stderr: 'error: --channels: at most two channels\n',
  })
})

const glimpse = defineLens({
  name: 'glimpse',
  title: 'Glimpse',
  description: 'shows an image before it is finished',
  inputs: { start: start('an image, or noise') },
  options: z.object({ other: z.string().optional().describe('another image') }),
  metrics: z.object({ start: z.string().optional(), width: z.number().optional() }),
  run: async () => ({
    async run(context, { start }, { other }) {
      preview(context, 'growing', { image: blankPicture(3, 3) })
      return { start: start?.path, width: other ? (await context.picture(other)).picture.width : undefined }
    },
    metrics: result => result,
  }),
  draw: async () => ({ draw: async () => ({ report: { summary: '', sections: [] }, pictures: {} }) }),
})

test('a lens shows an image as it grows, opens an image that an option names, and starts from noise', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-lens-'))
  const path = join(folder, 'wide.png')
  await sharp({ create: { width: 7, height: 2, channels: 3, background: 'red' } }).toFile(path)
  let stdout = ''
  const context = {
    stdout: { write: (text: string) => void (stdout += text) },
    stderr: { write() {} },
    signal: new AbortController().signal,
  }
  const entry = { name: 'glimpse', summary: '', heading: 'Lenses:', load: async () => lensCommand(glimpse) }
  const run = async (...words: string[]) => {
    stdout = ''
    await main(['glimpse', ...words, '--json', '--out', folder], context, [entry])
    return JSON.parse(stdout)
  }
  const noise = await run('noise', '--other', path)
  expect(noise.metrics).toEqual({ width: 7 })
  expect(noise.files).toContain('growing.png')
  expect((await run(path)).metrics).toEqual({ start: path })
})
