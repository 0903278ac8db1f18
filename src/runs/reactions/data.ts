/** The data of a run on moments: who is trained on, and who is held out. */
import { GlasshouseError } from '../../base/errors.ts'
import type { DataOutline } from '../../data/dataset.ts'
import { heldOutPeople } from '../../data/video/moment-batches.ts'
import { type MomentFrame, momentFrames } from '../../data/video/moments.ts'
import type { MomentsPlan } from '../record.ts'

/** @throws GlasshouseError 'not-moments' where the classes of the data are no moments */
export function framesOfMontage(data: DataOutline): MomentFrame[] {
  const frames = momentFrames(data)
  if (frames && data.items.length) return frames
  throw new GlasshouseError({
    code: 'not-moments',
    what: 'this data is no montage: its classes are no moments',
    where: data.root,
    expected: 'classes such as talk@12.250, in folders such as talk/tile-3',
    hint: 'glasshouse montage VIDEO makes such data',
  })
}

/** Frames of people who are held out are to test on, all others to train on. */
export function divideMoments<Data extends DataOutline>(
  data: Data,
  { heldOut }: MomentsPlan,
  seed: number,
): Data {
  const frames = framesOfMontage(data)
  const held = heldOutPeople(frames, heldOut, seed)
  const items = data.items.map((item, at) => ({
    ...item,
    split: held.has(frames[at].person) ? ('test' as const) : ('train' as const),
    role: undefined,
  }))
  return { ...data, items }
}
