// The project resource of OfflineAspire.TestAppHost: says what it was given and listens there.
using System.Net;
using System.Net.Sockets;

Console.WriteLine($"arguments: {string.Join(' ', args)}");
Console.WriteLine($"greeting: {Environment.GetEnvironmentVariable("GREETING")}");
int port = int.Parse(Environment.GetEnvironmentVariable("LISTEN_PORT") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
using var listener = new TcpListener(IPAddress.Loopback, port);
listener.Start();
Console.WriteLine("listening");
while (true)
{
    using TcpClient client = await listener.AcceptTcpClientAsync();
}
