// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Text;
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Metrics;
using TcmuRunner.Scsi;
using TcmuRunner.Targets;
using TcmuRunner.Tcmu;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Tests.Metrics;

/// <summary>The numbers as those see them who ask for them, over the real server and the real exporter.</summary>
// Listeners hear all meters of a name in the process: one class at a time has some.
[Collection("Meters")]
public sealed class MetricsServiceTests : IAsyncDisposable
{
    private readonly UnitMonitors _monitors = new() { Counts = true };
    private readonly RecordingLogger<MetricsServiceTests> _log = new();
    private readonly TemporaryFolder _folder = new();
    private MetricsService? _service;
    private List<TcmuDeviceStatus> _devices = [Status("test/disk")];
    private List<SessionStatus> _sessions = [];
    private List<ServedUnit> _units = [];

    private DaemonNumbers Numbers => new(_monitors, () => _devices, () => _units, () => _sessions);

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task The_page_is_OpenMetrics_with_a_histogram_for_each_kind_of_command()
    {
        await UseDiskAsync();
        int port = FreePort();
        await StartAsync(new MetricsOptions { Listen = new IPEndPoint(IPAddress.Loopback, port) });
        using var client = new HttpClient();

        using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n');

        Assert.Equal(OpenMetricsText.ContentType, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(["# EOF", ""], lines[^2..]);
        Assert.Contains("# TYPE tcmu_device_command_duration_seconds histogram", lines);
        Assert.Contains("# UNIT tcmu_device_io_bytes bytes", lines);
        Assert.Contains("""tcmu_device_command_duration_seconds_count{device="test/disk",kind="read"} 2""", lines);
        Assert.Contains("""tcmu_device_command_duration_seconds_bucket{device="test/disk",kind="read",le="+Inf"} 2""", lines);
        Assert.Contains("""tcmu_device_io_bytes_total{device="test/disk",direction="read"} 4096""", lines);
        Assert.Contains("""tcmu_device_errors_total{device="test/disk",reason="illegal_request"} 1""", lines);
        Assert.Contains("""tcmu_device_queue_depth{device="test/disk"} 3""", lines);
        Assert.Contains("""tcmu_device_ring_high_water_bytes{device="test/disk"} 4160""", lines);
        Assert.All(lines.Where(line => line.StartsWith("tcmu_device_command_duration_seconds_bucket", StringComparison.Ordinal)), line => Assert.Contains("le=\"", line, StringComparison.Ordinal));
        Assert.Equal(lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count(), lines.Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PutAsync(new Uri($"http://127.0.0.1:{port}/metrics"), null)).StatusCode);
    }

    [Fact]
    public async Task A_disk_of_the_iSCSI_front_has_the_same_numbers_and_no_ring()
    {
        _devices = [];
        _units = [new ServedUnit("iscsi/disk1", IsServing: true, 1 << 20, 5)];
        int port = FreePort();
        await StartAsync(new MetricsOptions { Listen = new IPEndPoint(IPAddress.Loopback, port) });
        using var client = new HttpClient();

        string[] lines = (await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"))).Split('\n');

        Assert.Contains("""tcmu_device_size_bytes{device="iscsi/disk1"} 1048576""", lines);
        Assert.Contains("""tcmu_device_serving{device="iscsi/disk1"} 1""", lines);
        Assert.Contains("""tcmu_device_queue_depth{device="iscsi/disk1"} 5""", lines);
        Assert.Contains("""tcmu_device_command_duration_seconds_count{device="iscsi/disk1",kind="read"} 0""", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("tcmu_device_ring", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_of_the_iSCSI_front_has_its_own_numbers()
    {
        _sessions =
        [
            new SessionStatus
            {
                Id = 1,
                TargetName = "iqn.x:disks",
                PortalGroupTag = 2,
                InitiatorName = "iqn.x:host",
                InitiatorSessionId = 0x23D000000,
                Handle = 9,
                Connections = [new ConnectionStatus(0, IPEndPoint.Parse("192.0.2.1:40000"), IPEndPoint.Parse("192.0.2.2:3260"))],
                Commands = 7,
                BytesRead = 4096,
                BytesWritten = 512,
                Errors = 1,
                CommandsInFlight = 3,
            },
        ];
        int port = FreePort();
        await StartAsync(new MetricsOptions { Listen = new IPEndPoint(IPAddress.Loopback, port) });
        using var client = new HttpClient();

        string[] lines = (await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"))).Split('\n');

        const string labels = "target=\"iqn.x:disks\",tag=\"2\",initiator=\"iqn.x:host\",isid=\"00023d000000\"";
        Assert.Contains($"tcmu_iscsi_session_commands_total{{{labels}}} 7", lines);
        Assert.Contains($"tcmu_iscsi_session_errors_total{{{labels}}} 1", lines);
        Assert.Contains($"tcmu_iscsi_session_queue_depth{{{labels}}} 3", lines);
        Assert.Contains($"tcmu_iscsi_session_connections{{{labels}}} 1", lines);
        Assert.Contains($"tcmu_iscsi_session_io_bytes_total{{{labels},direction=\"read\"}} 4096", lines);
        Assert.Contains($"tcmu_iscsi_session_io_bytes_total{{{labels},direction=\"write\"}} 512", lines);
    }

    [Fact]
    public async Task A_Unix_socket_serves_the_same_and_goes_with_the_daemon()
    {
        string path = Path.Combine(_folder.Path, "metrics.sock");
        await StartAsync(new MetricsOptions { SocketPath = path });
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        string text = await client.GetStringAsync(new Uri("http://localhost/metrics"));

        Assert.Contains("tcmu_device_size_bytes{device=\"test/disk\"} 1048576\n", text, StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0x1B0, File.GetUnixFileMode(path));
        await _service!.DisposeAsync();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_port_that_is_taken_costs_the_page_and_not_the_disks()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await StartAsync(new MetricsOptions { Listen = (IPEndPoint)taken.LocalEndpoint });

        Assert.Contains(_log.Lines, message => message.Contains("cannot be served", StringComparison.Ordinal) && message.Contains("metrics_listen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_has_gone_is_forgotten_and_strange_names_are_quoted()
    {
        await UseDiskAsync();
        _devices = [Status("test/a\"b\\c")];
        using var metrics = new DeviceMetrics(Numbers, TimeProvider.System);
        using var text = new OpenMetricsText(DeviceMetrics.MeterName);

        string collected = text.Collect();

        Assert.Contains("tcmu_device_serving{device=\"test/a\\\"b\\\\c\"} 1\n", collected, StringComparison.Ordinal);
        Assert.DoesNotContain("test/disk", collected, StringComparison.Ordinal);
        Assert.Equal(["test/a\"b\\c"], _monitors.Units.Select(unit => unit.Name));
    }

    [Fact]
    public async Task A_collector_gets_the_numbers_by_OTLP()
    {
        await UseDiskAsync();
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        Task<byte[]> received = ReceiveAsync(collector);
        await StartAsync(new MetricsOptions { OtlpEndpoint = new Uri($"http://{collector.LocalEndpoint}/v1/metrics") });

        // Ending sends what there is.
        await _service!.DisposeAsync();
        string request = Encoding.Latin1.GetString(await received.WaitAsync(TimeSpan.FromSeconds(60)));

        Assert.StartsWith("POST /v1/metrics HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("tcmu.device.command.duration.bucket", request, StringComparison.Ordinal);
        Assert.Contains("test/disk", request, StringComparison.Ordinal);
        Assert.Contains("tcmu-runner", request, StringComparison.Ordinal);
    }

    // One request, whole, and an answer that it was taken.
    private static async Task<byte[]> ReceiveAsync(TcpListener collector)
    {
        using TcpClient client = await collector.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        var all = new MemoryStream();
        byte[] buffer = new byte[65536];
        while (true)
        {
            all.Write(buffer, 0, await stream.ReadAsync(buffer));
            string head = Encoding.Latin1.GetString(all.GetBuffer(), 0, (int)all.Length);
            int end = head.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            int field = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            if (end >= 0 && field >= 0 && all.Length >= end + 4 + int.Parse(head.AsSpan(field + 16, head.IndexOf('\r', field) - field - 16), null))
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                return all.ToArray();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static TcmuDeviceStatus Status(string name) => new()
    {
        Name = name,
        ConfigFsName = "user_0/disk",
        UioName = "uio0",
        Configuration = "test/",
        SizeBytes = 1 << 20,
        State = TcmuDeviceState.Serving,
        LastError = null,
        Statistics = new TcmuDeviceStatistics(5, 4096, 3, 4160, 8388480, 0),
    };

    private async Task UseDiskAsync()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { Monitor = _monitors.Get("test/disk") });
        unit.Run("28 00 00000000 00 0008 00", dataIn: 4096);
        unit.Run("28 00 FFFFFFF0 00 0008 00", dataIn: 4096);
    }

    private async Task StartAsync(MetricsOptions options)
    {
        _service = new MetricsService(options, Numbers, _log, TimeProvider.System);
        await _service.StartAsync(CancellationToken.None);
    }
}
