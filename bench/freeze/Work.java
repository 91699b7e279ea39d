import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What a service does to a tracer: garbage, null pointers that are signals at first, and threads. */
public class Work {
	static volatile Object sink;

	public static void main(String[] arguments) throws Exception {
		int rounds = Integer.parseInt(arguments[0]), threads = Integer.parseInt(arguments[1]);
		long begin = System.nanoTime();
		ExecutorService pool = Executors.newFixedThreadPool(4);
		List<Future<Long>> results = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			int seed = i;
			results.add(pool.submit(() -> work(rounds, seed)));
		}
		for (Future<Long> result : results)
			result.get();
		pool.shutdown();
		for (int i = 0; i < threads; i++) {
			Thread thread = new Thread(() -> { });
			thread.start();
			thread.join();
		}
		System.out.println((System.nanoTime() - begin) / 1000);
	}

	static long work(int rounds, int seed) {
		Map<String, Integer> words = new ConcurrentHashMap<>();
		long sum = 0;
		for (int i = 0; i < rounds; i++) {
			words.merge("word" + (i * 31 + seed) % 5000, 1, Integer::sum);
			sink = new byte[512];
			if (i % 50 == 0) {
				Object none = i % 100 == 0 ? null : "";
				try {
					sum += none.hashCode();
				} catch (NullPointerException expected) {
					sum++;
				}
			}
		}
		return sum + words.size();
	}
}
