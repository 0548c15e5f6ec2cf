// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio.ConfigFs;
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio.Tests;

/// <summary>
/// A directory tree that behaves as the kernel's: a new directory fills itself with attributes, one in use cannot be removed, some values
/// are refused. Modelled on what a 6.1 kernel shows and says; the system tests compare with the kernel itself.
/// </summary>
internal sealed partial class FakeConfigFs : IConfigFs, IDisposable
{
    private readonly KernelConfigFs _files = new();
    private readonly HashSet<string> _made = [];
    private readonly Dictionary<string, string> _links = [];

    internal FakeConfigFs()
    {
        Base = Directory.CreateTempSubdirectory("lio-configfs-").FullName;
        Target = Base + "/target";
        Directory.CreateDirectory(Target + "/core/alua/lu_gps");
        File.WriteAllText(Target + "/version", "Target Engine Core ConfigFS Infrastructure v5.0\n");
        File.WriteAllText(Target + "/dbroot", Base + "/db\n");
    }

    internal string Base { get; }

    internal string Target { get; }

    /// <summary>Fabrics whose module is loaded.</summary>
    internal HashSet<string> Loaded { get; } = ["iscsi", "loopback"];

    /// <summary>Every change, in order, with paths from <c>target/</c>.</summary>
    internal List<string> Log { get; } = [];

    /// <summary>Throws for a change, as a kernel does that refuses it; null for no objection.</summary>
    internal Func<string, int>? Refuses { get; set; }

    public void Dispose() => Directory.Delete(Base, recursive: true);

    public bool IsDirectory(string path) => _files.IsDirectory(path);

    public bool IsFile(string path) => _files.IsFile(path);

    public IReadOnlyList<string> List(string path) => _files.List(path);

    public string? ReadLink(string path) => _files.ReadLink(path);

    public (bool Readable, bool Writable) Rights(string path) => _files.Rights(path);

    public string Read(string path)
    {
        string value = _files.Read(path);
        return value == "ENODEV" ? throw Error(path, Errno.ENODEV) : value;
    }

    public void MakeDirectory(string path)
    {
        string[] parts = Note("mkdir", path).Split('/');
        if (Directory.Exists(path))
        {
            throw Error(path, Errno.EEXIST);
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw Error(path, Errno.ENOENT);
        }

        Action fill = parts switch
        {
            ["core", string store] when s_plugins.Contains(store.Split('_')[0]) => () => Put(path, "hba_info", "HBA Index: 1", isReadOnly: true),
            ["core", string store, _] => () => FillStorage(path, store[..store.LastIndexOf('_')]),
            ["core", _, _, "alua", _] => () => FillGroup(path),
            [string fabric] when Loaded.Contains(fabric) => () => FillFabric(path, fabric),
            [_, _] when parts[0] != "core" => () => Put(path, "param/cmd_completion_affinity", "-1"),
            [string fabric, _, _] => () => FillTpg(path, fabric),
            [_, _, _, "np", _] => () => FillPortal(path),
            [_, _, _, "lun", _] => () => Put(path, "alua_tg_pt_gp", ""),
            [_, _, _, "acls", string initiator] => () => FillAcl(path, initiator),
            [_, _, _, "acls", _, _] => () => Put(path, "write_protect", "0"),
            _ => throw Error(path, Errno.EINVAL),
        };
        if (parts is [_, _, _, "np", string address] && Directory.Exists(Path.GetFullPath("../../..", path)) && IsListenedOn(path, address))
        {
            throw Error(path, Errno.EINVAL);
        }

        Directory.CreateDirectory(path);
        _made.Add(path);
        fill();
    }

    public void RemoveDirectory(string path)
    {
        Note("rmdir", path);
        if (!Directory.Exists(path))
        {
            throw Error(path, Errno.ENOENT);
        }

        if (!_made.Contains(path))
        {
            throw Error(path, Errno.EPERM);
        }

        if (_made.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal)))
        {
            throw Error(path, Errno.ENOTEMPTY);
        }

        if (Links().Any(link => link.Path.StartsWith(path + "/", StringComparison.Ordinal) || link.Target == path))
        {
            throw Error(path, Errno.EBUSY);
        }

        Directory.Delete(path, recursive: true);
        _made.Remove(path);
    }

    public void Link(string target, string path)
    {
        Note("link", path);
        if (target.Contains("/core/", StringComparison.Ordinal) && _files.Read(target + "/enable") != "1")
        {
            throw Error(path, Errno.ENODEV);
        }

        // The kernel's links are relative.
        _files.Link(Path.GetRelativePath(Path.GetDirectoryName(path)!, target), path);
        _links[path] = target;
        if (target.Contains("/core/", StringComparison.Ordinal))
        {
            bool passesThrough = target.Contains("/pscsi_", StringComparison.Ordinal);
            Put(Path.GetDirectoryName(path)!, "alua_tg_pt_gp", passesThrough ? "" : "TG Port Alias: default_tg_pt_gp\nTG Port Group ID: 0");
            WriteInfo(target);
        }
    }

    public void Unlink(string path)
    {
        Note("unlink", path);
        string? target = ReadLink(path);
        _files.Unlink(path);
        _links.Remove(path);
        if (target?.Contains("/core/", StringComparison.Ordinal) == true)
        {
            WriteInfo(target);
        }
    }

    private static LioException Error(string path, int errno) =>
        new(errno switch
        {
            Errno.EEXIST => LioErrorKind.AlreadyExists,
            Errno.ENOENT => LioErrorKind.NotFound,
            Errno.EBUSY or Errno.ENOTEMPTY => LioErrorKind.InUse,
            Errno.EPERM or Errno.EACCES => LioErrorKind.NotPermitted,
            _ => LioErrorKind.Refused,
        },
        $"{path}: errno {errno}.")
        { Path = path, Errno = errno };

    private string Note(string what, string path)
    {
        string name = Path.GetRelativePath(Target, path);
        if (Refuses?.Invoke($"{what} {name}") is > 0 and int errno)
        {
            throw Error(path, errno);
        }

        Log.Add($"{what} {name}");
        return name;
    }

    private IEnumerable<(string Path, string Target)> Links() => _links.Select(link => (link.Key, link.Value));

    // Two groups of one target cannot share a portal.
    private static bool IsListenedOn(string path, string portal) =>
        Directory.GetDirectories(Path.GetFullPath("../../..", path), "tpgt_*").Any(tpg => Directory.Exists($"{tpg}/np/{portal}"));
}
