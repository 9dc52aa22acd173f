// Questions whose answers may come in another order than they were asked in: an older answer never takes the place of a newer
// one. One that a newer question overtook, and not its answer, is taken: where answers are slow, better that than none.

export class Turns {
  constructor() {
    this.asked = this.taken = 0;
  }

  /** Call it before asking. @returns {() => boolean} call that when the answer is there: whether it is to be taken */
  ask() {
    const turn = (this.asked += 1);
    return () => {
      const newest = turn >= this.taken;
      if (newest) this.taken = turn;
      return newest;
    };
  }
}
