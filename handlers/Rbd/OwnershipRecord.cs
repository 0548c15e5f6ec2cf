// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>
/// Which process of this machine uses an image, kept with the image. librbd waits half a minute for a holder of the lock that does not answer; a
/// daemon that was killed and starts again knows by this record that the holder is its own former life, and need not wait.
/// </summary>
/// <remarks>The value is <c>boot-id pid start-time address...</c>; the key has the machine's id, so that gateways do not disturb each other.</remarks>
internal sealed unsafe class OwnershipRecord
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const string MachineIdFile = "/etc/machine-id";
    private const int MaximumLength = 1024;

    private readonly string _key = "tcmu_runner_user_" + ReadWord(MachineIdFile, Environment.MachineName);
    private readonly string _bootId = ReadWord(BootIdFile, "unknown");

    /// <summary>Writes that this process uses the image. Blocks.</summary>
    /// <returns>Zero or a negative errno.</returns>
    public int Write(nint image, string[] addresses)
    {
        int process = Environment.ProcessId;
        string value = string.Join(' ', [_bootId, process.ToString(CultureInfo.InvariantCulture), StartTime(process) ?? "0", .. addresses]);
        return LibRbd.rbd_metadata_set(image, _key, value);
    }

    /// <summary>Whether the holder of the lock is a process of this machine that has ended. Blocks.</summary>
    /// <param name="image">librbd's handle.</param>
    /// <param name="owner">The holder, as <see cref="ImageLock.FindOwner"/> tells him.</param>
    public bool IsDead(nint image, string owner)
    {
        byte* value = stackalloc byte[MaximumLength];
        nuint length = MaximumLength;
        return LibRbd.rbd_metadata_get(image, _key, value, &length) >= 0
            && IsDead(Marshal.PtrToStringUTF8((nint)value, (int)Math.Min(length, MaximumLength)).TrimEnd('\0'), owner, _bootId, StartTime);
    }

    /// <summary>The decision, for the record's text.</summary>
    /// <param name="record">The record.</param>
    /// <param name="owner">The holder of the lock.</param>
    /// <param name="bootId">This boot of the machine.</param>
    /// <param name="startTime">When a process began; null where there is none of that number.</param>
    public static bool IsDead(string record, string owner, string bootId, Func<int, string?> startTime)
    {
        string[] words = record.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 3
            && words.AsSpan(3).Contains(owner)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && (words[0] != bootId || startTime(process) != words[2]);
    }

    // Field 22 of proc(5) stat; the name in field 2 may hold anything, so fields count from its closing bracket.
    private static string? StartTime(int process)
    {
        const int StartTimeBehindName = 19;
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');

            // A process that has ended and waits for its parent uses nothing any more.
            return fields[0] is "Z" or "X" ? null : fields[StartTimeBehindName];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadWord(string file, string otherwise)
    {
        try
        {
            string word = File.ReadAllText(file).Trim();
            return word.Length > 0 ? word : otherwise;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return otherwise;
        }
    }
}
