/** Refuses weights that are not numbers: every answer of a network that has some would be NaN, or silently wrong. */
import { GlasshouseError } from '../base/errors.ts'
import { toFloat32 } from '../graph/element-types.ts'
import type { Tensor } from '../graph/tensor.ts'
import { quoted } from './damage.ts'

/** @param where the file's name, for the error */
export function requireFinite(tensors: ReadonlyMap<string, Tensor>, where: string): void {
  const faulty = [...tensors].flatMap(([name, tensor]) => {
    const { bad, kind } = notFinite(tensor)
    return bad ? [{ name, bad, kind, count: tensor.data.length }] : []
  })
  if (faulty.length === 0) return
  const [{ name, bad, kind, count }] = faulty
  const others = faulty.slice(1, 4).map(({ name }) => quoted(name))
  const more = faulty.length - 1 - others.length
  throw new GlasshouseError({
    code: 'weights-not-finite',
    what: `the weights of ${quoted(name)} are not finite: ${bad === count ? 'all' : bad} of its ${count} numbers ${bad === 1 ? 'is' : 'are'} ${kind}`,
    where,
    got: others.length ? `also in ${others.join(', ')}${more > 0 ? ` and ${more} more` : ''}` : undefined,
    hint: 'The training that wrote them diverged, or the file is damaged: use an earlier checkpoint',
  })
}

/** A mask of an attention is made of zeros and minus infinity: that is not a fault. */
function notFinite(tensor: Tensor): { bad: number; kind: string } {
  if (!tensor.dtype.includes('float')) return { bad: 0, kind: '' }
  const { data } = tensor.dtype === 'float64' ? tensor : toFloat32(tensor)
  let bad = 0
  let nan = 0
  let others = 0
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i])
    if (value - value === 0) {
      if (value !== 0) others++
      continue
    }
    bad++
    if (value !== Number.NEGATIVE_INFINITY) nan++
  }
  if (bad && !nan && !others) return { bad: 0, kind: '' }
  return { bad, kind: nan ? 'NaN or infinite' : 'infinite' }
}
