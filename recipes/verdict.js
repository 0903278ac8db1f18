/** Says plainly whether what came out is what the post found. */
export const verdict = (agrees, finding) => console.log(`${agrees ? 'agrees' : 'DOES NOT AGREE'}: ${finding}`)
