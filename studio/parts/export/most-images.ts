/** An exported page holds at most this many images: with more it would be too large to be sent on. */
export const mostImages = 1500
