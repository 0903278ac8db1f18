/** A link that appears in the data after its form was checked is not followed by the job that reads the data. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedlings } from '../../../test/seedlings.ts'
import { gate } from '../../../test/thorough.ts'
import { openRegular } from '../../base/files.node.ts'
import { startProcess } from './job-process.ts'

async function dataWithLink() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'glasshouse-within-')))
  const [data, secret] = [join(folder, 'data'), join(folder, 'secret')]
  const source = join(await seedlings(), 'test/Maize/0004.png')
  for (const place of [join(data, 'a'), join(data, 'b'), secret]) mkdirSync(place, { recursive: true })
  cpSync(source, join(secret, 'hidden.png'))
  for (const name of ['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png']) cpSync(source, join(data, name))
  rmSync(join(data, 'b/2.png'))
  symlinkSync(join(secret, 'hidden.png'), join(data, 'b/2.png'))
  return { folder, data, link: join(data, 'b/2.png') }
}

test('within folders, what a link leads to is judged by where it lies', async () => {
  const { folder, data, link } = await dataWithLink()
  process.env.GLASSHOUSE_ONLY_WITHIN = JSON.stringify([data])
  await (await openRegular(join(data, 'a/1.png'))).close()
  await expect(openRegular(link)).rejects.toMatchObject({ code: 'outside-folders' })
  await expect(openRegular(join(folder, 'secret/hidden.png'))).rejects.toMatchObject({
    code: 'outside-folders',
  })
  symlinkSync(join(data, 'a/1.png'), join(data, 'a/3.png'))
  await (await openRegular(join(data, 'a/3.png'))).close()
})

test.runIf(gate)('a job names the link, and reads the rest', async () => {
  const { folder, data } = await dataWithLink()
  const out = join(folder, 'runs')
  mkdirSync(out)
  const cache = join(folder, 'cache')
  const job = startProcess(
    ['data', 'inspect', data, '--out', join(out, 'x')],
    folder,
    join(out, 'log.txt'),
    { emit() {} },
    [data, out, cache],
  )
  const failure = await job.ended
  const log = readFileSync(join(out, 'log.txt'), 'utf8')
  expect(failure).toBeUndefined()
  expect(log).toContain('b/2.png')
  expect(log).toContain('leads out of the folders')
})
