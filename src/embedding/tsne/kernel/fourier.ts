/**
 * Fourier transforms of four complex sequences at once, one per SIMD lane.
 *
 * Stockham's self-sorting form (Van Loan 1992, section 1.7): every pass reads one buffer and writes the other,
 * so no reordering is needed. Lengths are 4^a times 1, 2, 3, 5, 6 or 10. An element is 32 bytes: four real
 * parts, then four imaginary parts. There is no inverse: a caller swaps real and imaginary parts on the way in
 * and on the way out, which conjugates the transform up to the factor n.
 */

/** Transforms `x`, using `y` as the other buffer, and returns the one of the two that holds the result. */
export function transform(x: usize, y: usize, length: i32, twiddles: usize): usize {
  let n = length
  let s: i32 = 1
  let from = x
  let to = y
  while (n > 1) {
    let radix: i32 = 4
    if (n % 5 == 0) {
      radix = 5
      pass5(n, s, from, to, twiddles)
    } else if (n % 3 == 0) {
      radix = 3
      pass3(n, s, from, to, twiddles)
    } else if ((n & 3) != 0 || powerIsOdd(n)) {
      radix = 2
      pass2(n, s, from, to, twiddles)
    } else {
      pass4(n, s, from, to, twiddles)
    }
    n /= radix
    s *= radix
    const last = from
    from = to
    to = last
  }
  return from
}

function powerIsOdd(n: i32): bool {
  return (ctz(n) & 1) == 1
}

// In every pass w = exp(-2 pi i / n), so w^(k p) is entry k p s of the table for the whole length.

function pass2(n: i32, s: i32, x: usize, y: usize, twiddles: usize): void {
  const m = n >> 1
  const leg = (<usize>(m * s)) << 5
  const span = (<usize>s) << 5
  for (let p: i32 = 0; p < m; p++) {
    const c1 = v128.load32_splat(twiddles + ((<usize>(p * s)) << 3))
    const s1 = v128.load32_splat(twiddles + ((<usize>(p * s)) << 3), 4)
    let a = x + ((<usize>(p * s)) << 5)
    let o = y + ((<usize>(2 * p * s)) << 5)
    for (const end = a + span; a < end; a += 32, o += 32) {
      const b = a + leg
      const ar = v128.load(a)
      const ai = v128.load(a, 16)
      const br = v128.load(b)
      const bi = v128.load(b, 16)
      v128.store(o, f32x4.add(ar, br))
      v128.store(o, f32x4.add(ai, bi), 16)
      const dr = f32x4.sub(ar, br)
      const di = f32x4.sub(ai, bi)
      v128.store(o + span, f32x4.sub(f32x4.mul(c1, dr), f32x4.mul(s1, di)))
      v128.store(o + span, f32x4.add(f32x4.mul(c1, di), f32x4.mul(s1, dr)), 16)
    }
  }
}

function pass3(n: i32, s: i32, x: usize, y: usize, twiddles: usize): void {
  const m = n / 3
  const leg = (<usize>(m * s)) << 5
  const span = (<usize>s) << 5
  const half = f32x4.splat(0.5)
  const sine = f32x4.splat(0.8660254037844386)
  for (let p: i32 = 0; p < m; p++) {
    const t1 = twiddles + ((<usize>(p * s)) << 3)
    const t2 = twiddles + ((<usize>(2 * p * s)) << 3)
    let a = x + ((<usize>(p * s)) << 5)
    let o = y + ((<usize>(3 * p * s)) << 5)
    for (const end = a + span; a < end; a += 32, o += 32) {
      const br = v128.load(a + leg)
      const bi = v128.load(a + leg, 16)
      const cr = v128.load(a + 2 * leg)
      const ci = v128.load(a + 2 * leg, 16)
      const ar = v128.load(a)
      const ai = v128.load(a, 16)
      const tr = f32x4.add(br, cr)
      const ti = f32x4.add(bi, ci)
      const ur = f32x4.sub(ar, f32x4.mul(half, tr))
      const ui = f32x4.sub(ai, f32x4.mul(half, ti))
      // -i sin(2 pi / 3) (b - c)
      const vr = f32x4.mul(sine, f32x4.sub(bi, ci))
      const vi = f32x4.mul(sine, f32x4.sub(cr, br))
      v128.store(o, f32x4.add(ar, tr))
      v128.store(o, f32x4.add(ai, ti), 16)
      storeTurned(o + span, f32x4.add(ur, vr), f32x4.add(ui, vi), t1)
      storeTurned(o + 2 * span, f32x4.sub(ur, vr), f32x4.sub(ui, vi), t2)
    }
  }
}

function pass4(n: i32, s: i32, x: usize, y: usize, twiddles: usize): void {
  const m = n >> 2
  const leg = (<usize>(m * s)) << 5
  const span = (<usize>s) << 5
  for (let p: i32 = 0; p < m; p++) {
    const step = (<usize>(p * s)) << 3
    const c1 = v128.load32_splat(twiddles + step)
    const s1 = v128.load32_splat(twiddles + step, 4)
    const c2 = v128.load32_splat(twiddles + 2 * step)
    const s2 = v128.load32_splat(twiddles + 2 * step, 4)
    const c3 = v128.load32_splat(twiddles + 3 * step)
    const s3 = v128.load32_splat(twiddles + 3 * step, 4)
    let a = x + ((<usize>(p * s)) << 5)
    let o = y + ((<usize>(4 * p * s)) << 5)
    for (const end = a + span; a < end; a += 32, o += 32) {
      const b = a + leg
      const c = b + leg
      const d = c + leg
      const ar = v128.load(a)
      const cr = v128.load(c)
      const sumAr = f32x4.add(ar, cr)
      const difAr = f32x4.sub(ar, cr)
      const ai = v128.load(a, 16)
      const ci = v128.load(c, 16)
      const sumAi = f32x4.add(ai, ci)
      const difAi = f32x4.sub(ai, ci)
      const br = v128.load(b)
      const dr = v128.load(d)
      const sumBr = f32x4.add(br, dr)
      const difBr = f32x4.sub(br, dr)
      const bi = v128.load(b, 16)
      const di = v128.load(d, 16)
      const sumBi = f32x4.add(bi, di)
      const difBi = f32x4.sub(bi, di)
      v128.store(o, f32x4.add(sumAr, sumBr))
      v128.store(o, f32x4.add(sumAi, sumBi), 16)
      const o1 = o + span
      const r1 = f32x4.add(difAr, difBi)
      const i1 = f32x4.sub(difAi, difBr)
      v128.store(o1, f32x4.sub(f32x4.mul(c1, r1), f32x4.mul(s1, i1)))
      v128.store(o1, f32x4.add(f32x4.mul(c1, i1), f32x4.mul(s1, r1)), 16)
      const o2 = o1 + span
      const r2 = f32x4.sub(sumAr, sumBr)
      const i2 = f32x4.sub(sumAi, sumBi)
      v128.store(o2, f32x4.sub(f32x4.mul(c2, r2), f32x4.mul(s2, i2)))
      v128.store(o2, f32x4.add(f32x4.mul(c2, i2), f32x4.mul(s2, r2)), 16)
      const o3 = o2 + span
      const r3 = f32x4.sub(difAr, difBi)
      const i3 = f32x4.add(difAi, difBr)
      v128.store(o3, f32x4.sub(f32x4.mul(c3, r3), f32x4.mul(s3, i3)))
      v128.store(o3, f32x4.add(f32x4.mul(c3, i3), f32x4.mul(s3, r3)), 16)
    }
  }
}

function pass5(n: i32, s: i32, x: usize, y: usize, twiddles: usize): void {
  const m = n / 5
  const leg = (<usize>(m * s)) << 5
  const span = (<usize>s) << 5
  const cos1 = f32x4.splat(0.30901699437494745)
  const cos2 = f32x4.splat(-0.8090169943749475)
  const sin1 = f32x4.splat(0.9510565162951535)
  const sin2 = f32x4.splat(0.5877852522924731)
  for (let p: i32 = 0; p < m; p++) {
    const step = (<usize>(p * s)) << 3
    let a = x + ((<usize>(p * s)) << 5)
    let o = y + ((<usize>(5 * p * s)) << 5)
    for (const end = a + span; a < end; a += 32, o += 32) {
      const ar = v128.load(a)
      const ai = v128.load(a, 16)
      const br = v128.load(a + leg)
      const bi = v128.load(a + leg, 16)
      const cr = v128.load(a + 2 * leg)
      const ci = v128.load(a + 2 * leg, 16)
      const dr = v128.load(a + 3 * leg)
      const di = v128.load(a + 3 * leg, 16)
      const er = v128.load(a + 4 * leg)
      const ei = v128.load(a + 4 * leg, 16)
      const sr1 = f32x4.add(br, er)
      const si1 = f32x4.add(bi, ei)
      const sr2 = f32x4.add(cr, dr)
      const si2 = f32x4.add(ci, di)
      const dr1 = f32x4.sub(br, er)
      const di1 = f32x4.sub(bi, ei)
      const dr2 = f32x4.sub(cr, dr)
      const di2 = f32x4.sub(ci, di)
      v128.store(o, f32x4.add(ar, f32x4.add(sr1, sr2)))
      v128.store(o, f32x4.add(ai, f32x4.add(si1, si2)), 16)
      const ur1 = f32x4.add(ar, f32x4.add(f32x4.mul(cos1, sr1), f32x4.mul(cos2, sr2)))
      const ui1 = f32x4.add(ai, f32x4.add(f32x4.mul(cos1, si1), f32x4.mul(cos2, si2)))
      const ur2 = f32x4.add(ar, f32x4.add(f32x4.mul(cos2, sr1), f32x4.mul(cos1, sr2)))
      const ui2 = f32x4.add(ai, f32x4.add(f32x4.mul(cos2, si1), f32x4.mul(cos1, si2)))
      const vr1 = f32x4.add(f32x4.mul(sin1, di1), f32x4.mul(sin2, di2))
      const vi1 = f32x4.neg(f32x4.add(f32x4.mul(sin1, dr1), f32x4.mul(sin2, dr2)))
      const vr2 = f32x4.sub(f32x4.mul(sin2, di1), f32x4.mul(sin1, di2))
      const vi2 = f32x4.sub(f32x4.mul(sin1, dr2), f32x4.mul(sin2, dr1))
      storeTurned(o + span, f32x4.add(ur1, vr1), f32x4.add(ui1, vi1), twiddles + step)
      storeTurned(o + 2 * span, f32x4.add(ur2, vr2), f32x4.add(ui2, vi2), twiddles + 2 * step)
      storeTurned(o + 3 * span, f32x4.sub(ur2, vr2), f32x4.sub(ui2, vi2), twiddles + 3 * step)
      storeTurned(o + 4 * span, f32x4.sub(ur1, vr1), f32x4.sub(ui1, vi1), twiddles + 4 * step)
    }
  }
}

/** Stores (re, im) times the twiddle factor at `turn`. */
function storeTurned(to: usize, re: v128, im: v128, turn: usize): void {
  const c = v128.load32_splat(turn)
  const s = v128.load32_splat(turn, 4)
  v128.store(to, f32x4.sub(f32x4.mul(c, re), f32x4.mul(s, im)))
  v128.store(to, f32x4.add(f32x4.mul(c, im), f32x4.mul(s, re)), 16)
}
