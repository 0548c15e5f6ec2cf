// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using TcmuRunner.TestKit;

namespace TcmuRunner.Cluster.Tests;

/// <summary>A Gluster volume of this test run, started when a test first needs it; see <c>tests/cluster/gluster-volume</c>.</summary>
/// <remarks><c>GLUSTER_VOLUME_DIR</c> names one that runs already and is to stay: saves time while a test is written.</remarks>
public sealed class GlusterVolume : IDisposable
{
    private static readonly string s_script = Repository.PathOf("tests/cluster/gluster-volume");
    private readonly string? _given = Environment.GetEnvironmentVariable("GLUSTER_VOLUME_DIR");
    private string? _directory;

    /// <summary>Where the volume is; starts it. Skips the test where Gluster is not installed or the test does not run as root.</summary>
    public string Directory => _directory ??= Start();

    /// <summary><c>volume@server</c>, as a configuration string has it.</summary>
    public string Volume => "block@" + File.ReadAllText(Path.Combine(Directory, "address")).Trim();

    /// <summary>Makes a file of a name of its own.</summary>
    public string CreateFile(long sizeBytes)
    {
        string name = $"t{Guid.NewGuid():N}";
        using FileStream file = File.Create(PathOf(name));
        file.SetLength(sizeBytes);
        return name;
    }

    /// <summary>Where the brick keeps a file: what the volume's servers have, without the help of a client.</summary>
    public string PathOf(string name) => Path.Combine(Directory, "brick", "data", name);

    /// <summary>Kills the brick and waits for its end.</summary>
    public void KillBrick()
    {
        string file = System.IO.Directory.GetFiles(Path.Combine(Directory, "run", "vols", "block"), "*.pid").Single();
        using Process process = Process.GetProcessById(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
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

    private string Start()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/glusterd") && File.Exists("/usr/sbin/gluster"), "Gluster (Debian: glusterfs-server) is not installed.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A Gluster brick needs root.");
        string directory = _given ?? Path.Combine(Path.GetTempPath(), $"glfs.{Guid.NewGuid():N}"[..12]);
        Tool.Run(s_script, "start", directory);

        // Where libgfapi writes its log.
        Environment.SetEnvironmentVariable("TCMU_LOGDIR", Path.Combine(directory, "log"));
        return directory;
    }
}
