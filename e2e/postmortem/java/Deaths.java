import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/** A Java program that dies in the way that its first argument names. */
public class Deaths {
    interface Shape {}

    static final List<Object> kept = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        System.out.println("starting " + arguments[0]);
        switch (arguments[0]) {
            case "exception" -> connect();
            case "exit" -> System.exit(3);
            case "heap" -> { while (true) kept.add(new byte[1 << 20]); }
            case "metaspace" -> fillMetaspace();
            case "segv" -> unsafe().putAddress(0, 0);
            case "deadlock" -> deadlock();
            case "cgroup" -> fillMemory();
            case "port" -> { try (ServerSocket socket = new ServerSocket(8080, 1, InetAddress.getLoopbackAddress())) { socket.accept(); } }
            case "class" -> Class.forName("com.example.shop.Missing");
            case "stack" -> recurse(1);
            case "static" -> new Broken();
            case "spring" -> spring();
            case "serve" -> serve();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static void connect() {
        try {
            throw new java.net.ConnectException("Connection refused: db:5432");
        } catch (IOException cause) {
            throw new IllegalStateException("cannot load the catalogue", cause);
        }
    }

    static void fillMetaspace() throws Exception {
        URL here = Deaths.class.getProtectionDomain().getCodeSource().getLocation();
        while (true) {
            ClassLoader loader = new URLClassLoader(new URL[] {here}, null);
            Class<?> shape = loader.loadClass("Deaths$Shape");
            kept.add(Proxy.newProxyInstance(loader, new Class<?>[] {shape}, (p, m, a) -> null));
        }
    }

    static sun.misc.Unsafe unsafe() throws Exception {
        Field field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return (sun.misc.Unsafe) field.get(null);
    }

    /** Memory outside of the heap, so that the kernel and not the JVM says no. */
    static void fillMemory() throws Exception {
        while (true) {
            long address = unsafe().allocateMemory(16 << 20);
            unsafe().setMemory(address, 16 << 20, (byte) 1);
        }
    }

    static void deadlock() throws Exception {
        Object stock = new Object(), order = new Object();
        Thread first = new Thread(() -> lock(stock, order), "order-worker");
        Thread second = new Thread(() -> lock(order, stock), "stock-worker");
        first.start();
        second.start();
        first.join();
    }

    static void lock(Object first, Object second) {
        synchronized (first) {
            try { Thread.sleep(200); } catch (InterruptedException e) { return; }
            synchronized (second) { System.out.println("never"); }
        }
    }

    static int recurse(int n) { return recurse(n + 1) + 1; }

    static class Broken {
        static final int size = Integer.parseInt("many");
    }

    static void spring() {
        System.out.println("""

            ***************************
            APPLICATION FAILED TO START
            ***************************

            Description:

            Failed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.

            Reason: Failed to determine a suitable driver class


            Action:

            Consider the following:
            	If you want an embedded database (H2, HSQL or Derby), please put it on the classpath.
            """);
        System.exit(1);
    }

    static void serve() throws Exception {
        String url = System.getenv("DB_URL");
        if (url == null) {
            throw new IllegalStateException("DB_URL is not set");
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] page = "the shop is open\n".getBytes();
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.start();
        System.out.println("serving with " + url);
    }
}
