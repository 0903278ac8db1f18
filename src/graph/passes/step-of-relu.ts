/**
 * The sign of what a ReLU gives, which is never negative: 1 where the gradient passes, 0 elsewhere. A hard sigmoid of the
 * largest slope there is, min(1, max(0, slope x)), says the same in half the time, as the engine computes signs one by one
 * (7.4 to 3.4 ms with the product that follows, for 64 channels of 56 x 56, batch 32, two AVX-512 cores;
 * `npm run bench -- pass-step-of-relu`). It differs for numbers below 3e-39 alone, smaller than any normal one.
 */
import { hardSigmoid } from '../ops/elementwise.ts'
import type { Pass } from './rewrite.ts'

const largestFloat = (2 - 2 ** -23) * 2 ** 127

export const stepOfRelu: Pass = () => ({
  Sign: ({ inputs: [x] }, [y]) =>
    x?.producer?.op === 'Relu' && x.dtype === 'float32' ? [hardSigmoid(y!, largestFloat, 0)] : undefined,
})
