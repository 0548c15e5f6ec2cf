// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Ceph's settings in force for one image: those of the connection, overruled by the pool's and the image's own.</summary>
/// <param name="HasWriteCache">Whether librbd acknowledges writes that are not yet in the cluster.</param>
/// <param name="DiscardGranularityBytes">What a discard gives back, in bytes; 0 where the library does not say.</param>
internal readonly unsafe record struct ImageSettings(bool HasWriteCache, long DiscardGranularityBytes)
{
    private const string CacheKey = "rbd_cache";
    private const string PolicyKey = "rbd_cache_policy";
    private const string MaximumDirtyKey = "rbd_cache_max_dirty";
    private const string PluginsKey = "rbd_plugins";
    private const string GranularityKey = "rbd_discard_granularity_bytes";

    /// <summary>Asks librbd.</summary>
    public static ImageSettings Read(nint image, RadosConnection connection)
    {
        Dictionary<string, string> own = List(image);
        bool caches = Get(CacheKey) is "true" && Get(PolicyKey) is not "writethrough" && Get(MaximumDirtyKey) is not "0";

        // The persistent write-back cache keeps writes on a device of this machine.
        caches |= Get(PluginsKey)?.Contains("pwl_cache", StringComparison.Ordinal) ?? false;
        return new ImageSettings(caches, long.TryParse(Get(GranularityKey), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0);

        string? Get(string key) => own.GetValueOrDefault(key) ?? connection.GetSetting(key);
    }

    private static Dictionary<string, string> List(nint image)
    {
        // Reports how many there are when the table is too small; that there are more the next moment is not to be expected.
        const int Attempts = 2;
        var settings = new Dictionary<string, string>();
        int count = 256;
        for (int attempt = 0; LibRbd.rbd_config_image_list is not null && attempt < Attempts; attempt++)
        {
            var options = (LibRbd.RbdConfigOption*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LibRbd.RbdConfigOption));
            int found = count;
            bool isComplete = LibRbd.rbd_config_image_list(image, options, &found) >= 0;
            if (isComplete)
            {
                for (int index = 0; index < found; index++)
                {
                    settings[Marshal.PtrToStringUTF8((nint)options[index].Name)!] = Marshal.PtrToStringUTF8((nint)options[index].Value)!;
                }

                LibRbd.rbd_config_image_list_cleanup(options, found);
            }

            NativeMemory.Free(options);
            if (isComplete)
            {
                break;
            }

            count = Math.Max(count, found);
        }

        return settings;
    }
}
