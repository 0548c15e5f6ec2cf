// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>
/// The names and secrets of CHAP (RFC 1994, RFC 7143 12.1.3): what initiators prove to the target, and what the target proves to them.
/// Each is read from and written to the kernel at once; an empty string means that it is not set.
/// </summary>
public sealed class ChapCredentials
{
    // The kernel's word for "not set", and the size of its buffers less the final zero.
    private const string NotSet = "NULL";
    private const int MaximumLength = 255;

    private readonly IConfigFs _files;
    private readonly string _path;

    internal ChapCredentials(IConfigFs files, string path)
    {
        _files = files;
        _path = path;
    }

    /// <summary>The initiator's name; at most 255 characters.</summary>
    public string UserId
    {
        get => Get("userid");
        set => Set("userid", value);
    }

    /// <summary>The initiator's secret; at most 255 characters.</summary>
    public string Password
    {
        get => Get("password");
        set => Set("password", value);
    }

    /// <summary>The target's name, for initiators that want it to prove itself; at most 255 characters.</summary>
    public string MutualUserId
    {
        get => Get("userid_mutual");
        set => Set("userid_mutual", value);
    }

    /// <summary>The target's secret; at most 255 characters.</summary>
    public string MutualPassword
    {
        get => Get("password_mutual");
        set => Set("password_mutual", value);
    }

    /// <summary>Whether the target proves itself: the kernel sets it with the mutual name and secret.</summary>
    public bool AuthenticatesTarget => _files.IsFile($"{_path}/authenticate_target") && _files.Read($"{_path}/authenticate_target") == "1";

    /// <summary>Sets all four back to nothing.</summary>
    public void Clear() => (MutualPassword, MutualUserId, Password, UserId) = ("", "", "", "");

    internal void DumpTo(JsonObject dump, string prefix)
    {
        foreach ((string key, string value) in new[] { ("userid", UserId), ("password", Password), ("mutual_userid", MutualUserId), ("mutual_password", MutualPassword) })
        {
            if (value.Length > 0)
            {
                dump[prefix + key] = value;
            }
        }
    }

    private string Get(string file)
    {
        string path = $"{_path}/{file}";
        string value = _files.IsFile(path) ? _files.Read(path) : NotSet;
        return value == NotSet ? "" : value;
    }

    private void Set(string file, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        value = value.Trim();
        if (value == NotSet || value.Length > MaximumLength || value.Any(char.IsControl))
        {
            throw new LioException(
                LioErrorKind.Invalid,
                $"A CHAP name or secret has at most {MaximumLength} characters without line ends, and is not the word {NotSet} ({_path}/{file}).");
        }

        if (!_files.IsDirectory(_path))
        {
            if (value.Length == 0)
            {
                return;
            }

            throw new LioException(LioErrorKind.NotSupported, $"There is no CHAP here ({_path}).") { Path = _path };
        }

        _files.Write($"{_path}/{file}", value.Length == 0 ? NotSet : value);
    }
}
