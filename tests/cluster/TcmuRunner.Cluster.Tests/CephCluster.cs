// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using TcmuRunner.TestKit;

namespace TcmuRunner.Cluster.Tests;

/// <summary>A Ceph cluster of this test run, started when a test first needs it; see <c>tests/cluster/ceph-cluster</c>.</summary>
/// <remarks><c>CEPH_CLUSTER_DIR</c> names one that runs already and is to stay: saves time while a test is written.</remarks>
public sealed class CephCluster : IDisposable
{
    private static readonly string s_script = Repository.PathOf("tests/cluster/ceph-cluster");
    private readonly string? _given = Environment.GetEnvironmentVariable("CEPH_CLUSTER_DIR");
    private string? _directory;

    /// <summary>Where the cluster is; starts it. Skips the test where Ceph is not installed.</summary>
    public string Directory => _directory ??= Start();

    /// <summary>
    /// A configuration file of clients that give up after few seconds, as the tests of faults need: the handler accepts no time-out that is
    /// shorter than what it takes to notice a dead OSD, which is a client's setting too.
    /// </summary>
    public string Configuration => PathOf("client.conf");

    /// <summary>Options of a configuration string for a user of the cluster.</summary>
    public string Options(string id = "user") => $";conf={Configuration};id={id}";

    /// <summary>Runs rbd as administrator.</summary>
    public string Rbd(params string[] arguments) => Tool.Run("timeout", ["-k", "5", "60", "rbd", "-c", PathOf("ceph.conf"), .. arguments]);

    /// <summary>Runs ceph as administrator.</summary>
    public string Ceph(params string[] arguments) => Tool.Run("timeout", ["-k", "5", "60", "ceph", "-c", PathOf("ceph.conf"), .. arguments]);

    /// <summary>Makes an image of a name of its own.</summary>
    public string CreateImage(long sizeBytes, params string[] options)
    {
        string name = $"t{Guid.NewGuid():N}";
        Rbd(["create", "-s", sizeBytes.ToString(CultureInfo.InvariantCulture) + "B", name, .. options]);
        return name;
    }

    /// <summary>What an image holds, as Ceph's own tool reads it.</summary>
    public byte[] Export(string image)
    {
        string file = PathOf($"export.{Guid.NewGuid():N}");
        Rbd("export", image, file);
        byte[] content = File.ReadAllBytes(file);
        File.Delete(file);
        return content;
    }

    /// <summary>Whether the OSD takes no more writes.</summary>
    public bool IsFull => Ceph("osd", "dump").Split('\n').Any(line => line.StartsWith("osd.0 ", StringComparison.Ordinal) && line.Contains("full", StringComparison.Ordinal));

    /// <summary>Kills a daemon, as in <c>osd.0</c>, and waits for its end.</summary>
    public void Kill(string daemon)
    {
        using Process process = Process.GetProcessById(int.Parse(File.ReadAllText(PathOf($"{daemon}.pid")), CultureInfo.InvariantCulture));
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Starts what was killed.</summary>
    public void Revive() => Tool.Run(s_script, "start", Directory);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_directory is not null && _given is null)
        {
            Tool.Run(s_script, "stop", _directory);
            System.IO.Directory.Delete(_directory, recursive: true);
        }
    }

    private string PathOf(string name) => Path.Combine(Directory, name);

    private string Start()
    {
        string[] missing = [.. new[] { "ceph-mon", "ceph-osd", "ceph", "rbd" }.Where(tool => !File.Exists($"/usr/bin/{tool}"))];
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} (Debian: ceph-mon, ceph-osd, ceph-common) are not installed.");
        string directory = _given ?? Path.Combine(Path.GetTempPath(), $"ceph.{Guid.NewGuid():N}"[..12]);
        Tool.Run(s_script, "start", directory);
        string settings = File.ReadAllText(Path.Combine(directory, "ceph.conf"));
        File.WriteAllText(
            Path.Combine(directory, "client.conf"),
            settings + "osd_heartbeat_grace = 1\nosd_heartbeat_interval = 1\nclient_mount_timeout = 3\n");
        return directory;
    }
}
