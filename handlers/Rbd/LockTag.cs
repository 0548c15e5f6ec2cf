// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>
/// Which target port group uses the lock, kept with the image under the key and in the form of the C program, whose gateways read it too:
/// <c>tcmu_tag=GROUP,rbd_client=OWNER</c>. Every member that takes an image blocks.
/// </summary>
internal static unsafe class LockTag
{
    private const string Key = "tcmu_rbd_locker_tag";
    private const string GroupField = "tcmu_tag=";
    private const string OwnerField = ",rbd_client=";
    private const int MaximumLength = 256;

    /// <summary>Writes the group down.</summary>
    /// <returns>Zero or a negative errno.</returns>
    public static int Write(nint image, ushort group, string owner) => LibRbd.rbd_metadata_set(image, Key, Format(group, owner));

    /// <summary>The group of the lock's holder; null where he has left none.</summary>
    public static ushort? Read(nint image, string owner)
    {
        byte* value = stackalloc byte[MaximumLength];
        nuint length = MaximumLength;
        return LibRbd.rbd_metadata_get(image, Key, value, &length) < 0
            ? null
            : Parse(Marshal.PtrToStringUTF8((nint)value, (int)Math.Min(length, MaximumLength)).TrimEnd('\0'), owner);
    }

    /// <summary>The text of a tag.</summary>
    internal static string Format(ushort group, string owner) => string.Create(CultureInfo.InvariantCulture, $"{GroupField}{group}{OwnerField}{owner}");

    /// <summary>The group in a text; null for a tag of another owner, who has lost the lock since, and for what is no tag.</summary>
    internal static ushort? Parse(string text, string owner)
    {
        int comma = text.IndexOf(OwnerField, StringComparison.Ordinal);
        return comma > 0 && text.StartsWith(GroupField, StringComparison.Ordinal) && text[(comma + OwnerField.Length)..] == owner
            && ushort.TryParse(text.AsSpan(GroupField.Length, comma - GroupField.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ushort group)
            ? group
            : null;
    }
}
