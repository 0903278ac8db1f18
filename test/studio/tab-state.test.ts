import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { workersFrom } from '../../studio/tab/client.ts'
import type { FromWorker, ToWorker } from '../../studio/tab/messages.ts'
import { chosen, forget, images, layOut, look, takeImages, work } from '../../studio/views/tab/state.ts'

/** What the page has asked of its worker, and the worker's way to answer. */
const asked: ToWorker[] = []
let answer: (message: FromWorker) => void = () => {}
class DrawnWorker extends EventTarget {
  constructor() {
    super()
    answer = data => void this.dispatchEvent(new MessageEvent('message', { data }))
  }
  postMessage(message: ToWorker) {
    asked.push(message)
  }
}

beforeAll(() => {
  vi.stubGlobal('Worker', DrawnWorker)
  workersFrom(() => new Worker('drawn'))
})
afterAll(() => {
  vi.unstubAllGlobals()
  images.value = []
  chosen.value = []
})

it('a task that ends does not take away what is shown of a newer one', async () => {
  const first = layOut(10)
  const second = look('cam', {})
  const [{ id: old }, { id: young }] = asked
  const progress = (stage: string, done: number) =>
    ({ kind: 'progress', id: 1, stage, done, total: 9 }) as const
  answer({ id: young, event: progress('young', 2) })
  expect(work.value).toMatchObject({ title: 'cam', stage: { name: 'young', done: 2 } })
  answer({ id: old, event: progress('old', 7) })
  expect(work.value).toMatchObject({ title: 'cam', stage: { name: 'young', done: 2 } })
  answer({ id: old, problem: { what: 'stopped' } })
  await first
  expect(work.value).toMatchObject({ title: 'cam', stage: { name: 'young', done: 2 } })
  answer({ id: young, problem: { what: 'stopped' } })
  await second
  expect(work.value).toBeUndefined()
})

it('two images are chosen where nobody has clicked yet, and where one of them is taken away', async () => {
  asked.length = 0
  const names = ['a.png', 'b.png', 'c.png']
  const taken = takeImages(
    names.map(name => ({ name, bytes: new Uint8Array(1), file: new Blob([]), label: '' })),
  )
  answer({ id: asked[0].id, answer: { refused: [] } })
  await taken
  expect(chosen.value).toEqual(['a.png', 'b.png'])
  chosen.value = ['c.png', 'a.png']
  forget('c.png')
  expect(chosen.value).toEqual(['a.png', 'b.png'])
})
