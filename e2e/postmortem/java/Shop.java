import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** A shop that opens on port 8080 once it is told where its database is. */
public class Shop {
    public static void main(String[] arguments) throws Exception {
        System.out.println("shop 1.0 is starting");
        String database = databaseUrl();
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] page = "the shop is open\n".getBytes();
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.start();
        System.out.println("the shop is open, with " + database);
    }

    static String databaseUrl() {
        String url = System.getenv("DB_URL");
        if (url == null) {
            throw new IllegalStateException("DB_URL is not set");
        }
        return url;
    }
}
