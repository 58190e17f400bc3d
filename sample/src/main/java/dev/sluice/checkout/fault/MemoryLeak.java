package dev.sluice.checkout.fault;

import java.util.ArrayDeque;
import java.util.Queue;

/** Holds more and more of the heap. A rate of 0 gives everything back. */
class MemoryLeak {

  private static final int BLOCK_BYTES = 64 * 1024;
  private static final int BLOCKS_PER_MIB = 1024 * 1024 / BLOCK_BYTES;

  private final Queue<byte[]> lost = new ArrayDeque<>();
  private double mibPerS;
  private Thread thread;

  synchronized void setRate(double rate) {
    mibPerS = rate;
    if (rate == 0) {
      lost.clear();
    } else if (thread == null) {
      thread = new Thread(this::run, "memory-leak");
      thread.setDaemon(true);
      thread.start();
    }
  }

  synchronized int lostBlocks() {
    return lost.size();
  }

  private void run() {
    double due = 0;
    try {
      while (true) {
        Thread.sleep(100);
        synchronized (this) {
          due = mibPerS == 0 ? 0 : due + mibPerS * BLOCKS_PER_MIB / 10;
          for (; due >= 1; due--) {
            lost.add(new byte[BLOCK_BYTES]);
          }
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
